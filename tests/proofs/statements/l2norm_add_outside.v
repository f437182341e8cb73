(* L2Norm, eps_mode add_outside. Generated text, do not edit.

   made by    python -m l2norm_ref.emit.coq --write
   from       l2norm_ref/symbolic/, programs e01f7262b4d2c0df

   Each module holds a forward definition (up to y), the loss <dy, y>, the backward pass, and what is claimed of them.
   The words are those of vocabulary.v. *)

From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary.
Open Scope R_scope.

(* one norm for each sample and position, one scale for each channel *)
Module position_per_channel.
  Definition s (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition n (channels : nat) (x : tensor3) (sample position : nat) : R :=
    sqrt (s channels x sample position).
  Definition d (channels : nat) (x : tensor3) (eps : R) (sample position : nat) : R :=
    n channels x sample position + eps.
  Definition xhat (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels x eps sample position.
  Definition y (channels : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (sample channel position : nat) : R :=
    gamma channel * xhat channels x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x gamma eps sample channel position))).
  Definition h (gamma : tensor1) (dy : tensor3) (sample channel position : nat) : R :=
    gamma channel * dy sample channel position.
  Definition p (channels : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * h gamma dy sample channel position).
  Definition dx (channels : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels x eps sample position - x sample channel position *
      p channels x gamma dy sample position * reciprocal (n channels x sample position) /
      d channels x eps sample position ^ 2.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3)
    (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position *
      xhat channels x eps sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 <= eps ->
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels x gamma eps dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor1),
    is_derive
      (fun t => loss samples channels positions x (fun channel => gamma channel + t *
        direction channel) eps dy)
      0
      (total channels (fun channel => dgamma samples channels positions x eps dy channel * direction channel)).

  Ltac open_definitions := unfold dgamma, dx, p, h, loss, y, xhat, d, n, s in *.
End position_per_channel.

(* one norm for each sample and position, one scale for all *)
Module position_shared.
  Definition s (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition n (channels : nat) (x : tensor3) (sample position : nat) : R :=
    sqrt (s channels x sample position).
  Definition d (channels : nat) (x : tensor3) (eps : R) (sample position : nat) : R :=
    n channels x sample position + eps.
  Definition xhat (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels x eps sample position.
  Definition y (channels : nat) (x : tensor3) (gamma : R) (eps : R) (sample channel position : nat) : R :=
    gamma * xhat channels x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x gamma eps sample channel position))).
  Definition h (gamma : R) (dy : tensor3) (sample channel position : nat) : R :=
    gamma * dy sample channel position.
  Definition p (channels : nat) (x : tensor3) (gamma : R) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * h gamma dy sample channel position).
  Definition dx (channels : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels x eps sample position - x sample channel position *
      p channels x gamma dy sample position * reciprocal (n channels x sample position) /
      d channels x eps sample position ^ 2.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * xhat channels x eps sample channel position))).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 <= eps ->
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels x gamma eps dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : R),
    is_derive
      (fun t => loss samples channels positions x (gamma + t * direction) eps dy)
      0
      (dgamma samples channels positions x eps dy * direction).

  Ltac open_definitions := unfold dgamma, dx, p, h, loss, y, xhat, d, n, s in *.
End position_shared.

(* one norm for each sample and position, no scale *)
Module position_unscaled.
  Definition s (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition n (channels : nat) (x : tensor3) (sample position : nat) : R :=
    sqrt (s channels x sample position).
  Definition d (channels : nat) (x : tensor3) (eps : R) (sample position : nat) : R :=
    n channels x sample position + eps.
  Definition xhat (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels x eps sample position.
  Definition y (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    xhat channels x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x eps sample channel position))).
  Definition p (channels : nat) (x : tensor3) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * dy sample channel position).
  Definition dx (channels : nat) (x : tensor3) (eps : R) (dy : tensor3) (sample channel position : nat) : R :=
    dy sample channel position / d channels x eps sample position - x sample channel position *
      p channels x dy sample position * reciprocal (n channels x sample position) /
      d channels x eps sample position ^ 2.

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (direction : tensor3),
    0 <= eps ->
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels x eps dy sample channel position * direction sample channel position)))).

  Ltac open_definitions := unfold dx, p, loss, y, xhat, d, n, s in *.
End position_unscaled.

(* one norm for each sample, one scale for each channel *)
Module sample_per_channel.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition n (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    sqrt (s channels positions x sample).
  Definition d (channels positions : nat) (x : tensor3) (eps : R) (sample : nat) : R :=
    n channels positions x sample + eps.
  Definition xhat (channels positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x eps sample.
  Definition y (channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (sample channel position : nat) : R :=
    gamma channel * xhat channels positions x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x gamma eps sample channel position))).
  Definition h (gamma : tensor1) (dy : tensor3) (sample channel position : nat) : R :=
    gamma channel * dy sample channel position.
  Definition p (channels positions : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      h gamma dy sample channel position)).
  Definition dx (channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels positions x eps sample - x sample channel position *
      p channels positions x gamma dy sample * reciprocal (n channels positions x sample) /
      d channels positions x eps sample ^ 2.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3)
    (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position *
      xhat channels positions x eps sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 <= eps ->
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels positions x gamma eps dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor1),
    is_derive
      (fun t => loss samples channels positions x (fun channel => gamma channel + t *
        direction channel) eps dy)
      0
      (total channels (fun channel => dgamma samples channels positions x eps dy channel * direction channel)).

  Ltac open_definitions := unfold dgamma, dx, p, h, loss, y, xhat, d, n, s in *.
End sample_per_channel.

(* one norm for each sample, one scale for all *)
Module sample_shared.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition n (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    sqrt (s channels positions x sample).
  Definition d (channels positions : nat) (x : tensor3) (eps : R) (sample : nat) : R :=
    n channels positions x sample + eps.
  Definition xhat (channels positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x eps sample.
  Definition y (channels positions : nat) (x : tensor3) (gamma : R) (eps : R)
    (sample channel position : nat) : R :=
    gamma * xhat channels positions x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x gamma eps sample channel position))).
  Definition h (gamma : R) (dy : tensor3) (sample channel position : nat) : R :=
    gamma * dy sample channel position.
  Definition p (channels positions : nat) (x : tensor3) (gamma : R) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      h gamma dy sample channel position)).
  Definition dx (channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels positions x eps sample - x sample channel position *
      p channels positions x gamma dy sample * reciprocal (n channels positions x sample) /
      d channels positions x eps sample ^ 2.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * xhat channels positions x eps sample channel position))).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 <= eps ->
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels positions x gamma eps dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : R),
    is_derive
      (fun t => loss samples channels positions x (gamma + t * direction) eps dy)
      0
      (dgamma samples channels positions x eps dy * direction).

  Ltac open_definitions := unfold dgamma, dx, p, h, loss, y, xhat, d, n, s in *.
End sample_shared.

(* one norm for each sample, no scale *)
Module sample_unscaled.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition n (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    sqrt (s channels positions x sample).
  Definition d (channels positions : nat) (x : tensor3) (eps : R) (sample : nat) : R :=
    n channels positions x sample + eps.
  Definition xhat (channels positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x eps sample.
  Definition y (channels positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    xhat channels positions x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x eps sample channel position))).
  Definition p (channels positions : nat) (x : tensor3) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      dy sample channel position)).
  Definition dx (channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    dy sample channel position / d channels positions x eps sample - x sample channel position *
      p channels positions x dy sample * reciprocal (n channels positions x sample) /
      d channels positions x eps sample ^ 2.

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (direction : tensor3),
    0 <= eps ->
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels positions x eps dy sample channel position * direction sample channel position)))).

  Ltac open_definitions := unfold dx, p, loss, y, xhat, d, n, s in *.
End sample_unscaled.
