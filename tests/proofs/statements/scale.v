(* Scale. Generated text, do not edit.

   made by    python -m l2norm_ref.emit.coq --write
   from       l2norm_ref/symbolic/, programs 09c2b0ea347d2857

   Each module holds a forward definition (up to y), the loss <dy, y>, the backward pass, and what is claimed of them.
   The words are those of vocabulary.v. *)

From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary.
Open Scope R_scope.

(* y = gamma * x + beta *)
Module scale.
  Definition y (gamma : tensor1) (beta : tensor1) (x : tensor3) (sample channel position : nat) : R :=
    gamma channel * x sample channel position + beta channel.
  Definition loss (samples channels positions : nat) (gamma : tensor1) (beta : tensor1) (x : tensor3)
    (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y gamma beta x sample channel position))).
  Definition dx (gamma : tensor1) (dy : tensor3) (sample channel position : nat) : R :=
    gamma channel * dy sample channel position.
  Definition dgamma (samples positions : nat) (x : tensor3) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => x sample channel position *
      dy sample channel position)).
  Definition dbeta (samples positions : nat) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (gamma : tensor1) (beta : tensor1) (x : tensor3) (dy : tensor3)
      (direction : tensor3),
    is_derive
      (fun t => loss samples channels positions gamma beta (fun sample channel position =>
        x sample channel position + t * direction sample channel position) dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx gamma dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (gamma : tensor1) (beta : tensor1) (x : tensor3) (dy : tensor3)
      (direction : tensor1),
    is_derive
      (fun t => loss samples channels positions (fun channel => gamma channel + t *
        direction channel) beta x dy)
      0
      (total channels (fun channel => dgamma samples positions x dy channel * direction channel)).

  Definition dbeta_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (gamma : tensor1) (beta : tensor1) (x : tensor3) (dy : tensor3)
      (direction : tensor1),
    is_derive
      (fun t => loss samples channels positions gamma (fun channel => beta channel + t *
        direction channel) x dy)
      0
      (total channels (fun channel => dbeta samples positions dy channel * direction channel)).

  Ltac open_definitions := unfold dbeta, dgamma, dx, loss, y in *.
End scale.
