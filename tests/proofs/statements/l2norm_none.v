(* L2Norm, eps_mode none. Generated text, do not edit.

   made by    python -m l2norm_ref.emit.coq --write
   from       l2norm_ref/symbolic/, programs 53440eca7d9b9d86

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
  Definition d (channels : nat) (x : tensor3) (sample position : nat) : R :=
    sqrt (s channels x sample position).
  Definition xhat (channels : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position / d channels x sample position.
  Definition y (channels : nat) (x : tensor3) (gamma : tensor1) (sample channel position : nat) : R :=
    gamma channel * xhat channels x sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x gamma sample channel position))).
  Definition h (gamma : tensor1) (dy : tensor3) (sample channel position : nat) : R :=
    gamma channel * dy sample channel position.
  Definition p (channels : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * h gamma dy sample channel position).
  Definition dx (channels : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels x sample position - x sample channel position *
      p channels x gamma dy sample position / d channels x sample position ^ 3.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position *
      xhat channels x sample channel position)).
  Definition x_dx (channels : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3)
    (sample position : nat) : R :=
    total channels (fun channel => x sample channel position *
      dx channels x gamma dy sample channel position).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor3),
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels x gamma dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor1),
    is_derive
      (fun t => loss samples channels positions x (fun channel => gamma channel + t * direction channel) dy)
      0
      (total channels (fun channel => dgamma samples channels positions x dy channel * direction channel)).

  Definition orthogonal_to_x : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3),
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    forall sample position, (sample < samples)%nat -> (position < positions)%nat ->
      x_dx channels x gamma dy sample position = 0.

  Ltac open_definitions := unfold x_dx, dgamma, dx, p, h, loss, y, xhat, d, s in *.
End position_per_channel.

(* one norm for each sample and position, one scale for all *)
Module position_shared.
  Definition s (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition d (channels : nat) (x : tensor3) (sample position : nat) : R :=
    sqrt (s channels x sample position).
  Definition xhat (channels : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position / d channels x sample position.
  Definition y (channels : nat) (x : tensor3) (gamma : R) (sample channel position : nat) : R :=
    gamma * xhat channels x sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x gamma sample channel position))).
  Definition h (gamma : R) (dy : tensor3) (sample channel position : nat) : R :=
    gamma * dy sample channel position.
  Definition p (channels : nat) (x : tensor3) (gamma : R) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * h gamma dy sample channel position).
  Definition dx (channels : nat) (x : tensor3) (gamma : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels x sample position - x sample channel position *
      p channels x gamma dy sample position / d channels x sample position ^ 3.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * xhat channels x sample channel position))).
  Definition x_dx (channels : nat) (x : tensor3) (gamma : R) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position *
      dx channels x gamma dy sample channel position).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : tensor3),
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels x gamma dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : R),
    is_derive
      (fun t => loss samples channels positions x (gamma + t * direction) dy)
      0
      (dgamma samples channels positions x dy * direction).

  Definition orthogonal_to_x : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3),
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    forall sample position, (sample < samples)%nat -> (position < positions)%nat ->
      x_dx channels x gamma dy sample position = 0.

  Ltac open_definitions := unfold x_dx, dgamma, dx, p, h, loss, y, xhat, d, s in *.
End position_shared.

(* one norm for each sample and position, no scale *)
Module position_unscaled.
  Definition s (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition d (channels : nat) (x : tensor3) (sample position : nat) : R :=
    sqrt (s channels x sample position).
  Definition xhat (channels : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position / d channels x sample position.
  Definition y (channels : nat) (x : tensor3) (sample channel position : nat) : R :=
    xhat channels x sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x sample channel position))).
  Definition p (channels : nat) (x : tensor3) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * dy sample channel position).
  Definition dx (channels : nat) (x : tensor3) (dy : tensor3) (sample channel position : nat) : R :=
    dy sample channel position / d channels x sample position - x sample channel position *
      p channels x dy sample position / d channels x sample position ^ 3.
  Definition x_dx (channels : nat) (x : tensor3) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * dx channels x dy sample channel position).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (direction : tensor3),
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels x dy sample channel position * direction sample channel position)))).

  Definition orthogonal_to_x : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3),
    (forall sample position, (sample < samples)%nat -> (position < positions)%nat -> 0 <
      s channels x sample position) ->
    forall sample position, (sample < samples)%nat -> (position < positions)%nat ->
      x_dx channels x dy sample position = 0.

  Ltac open_definitions := unfold x_dx, dx, p, loss, y, xhat, d, s in *.
End position_unscaled.

(* one norm for each sample, one scale for each channel *)
Module sample_per_channel.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition d (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    sqrt (s channels positions x sample).
  Definition xhat (channels positions : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x sample.
  Definition y (channels positions : nat) (x : tensor3) (gamma : tensor1)
    (sample channel position : nat) : R :=
    gamma channel * xhat channels positions x sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x gamma sample channel position))).
  Definition h (gamma : tensor1) (dy : tensor3) (sample channel position : nat) : R :=
    gamma channel * dy sample channel position.
  Definition p (channels positions : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      h gamma dy sample channel position)).
  Definition dx (channels positions : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels positions x sample - x sample channel position *
      p channels positions x gamma dy sample / d channels positions x sample ^ 3.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position *
      xhat channels positions x sample channel position)).
  Definition x_dx (channels positions : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3)
    (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      dx channels positions x gamma dy sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor3),
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels positions x gamma dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor1),
    is_derive
      (fun t => loss samples channels positions x (fun channel => gamma channel + t * direction channel) dy)
      0
      (total channels (fun channel => dgamma samples channels positions x dy channel * direction channel)).

  Definition orthogonal_to_x : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3),
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    forall sample, (sample < samples)%nat -> x_dx channels positions x gamma dy sample = 0.

  Ltac open_definitions := unfold x_dx, dgamma, dx, p, h, loss, y, xhat, d, s in *.
End sample_per_channel.

(* one norm for each sample, one scale for all *)
Module sample_shared.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition d (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    sqrt (s channels positions x sample).
  Definition xhat (channels positions : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x sample.
  Definition y (channels positions : nat) (x : tensor3) (gamma : R) (sample channel position : nat) : R :=
    gamma * xhat channels positions x sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x gamma sample channel position))).
  Definition h (gamma : R) (dy : tensor3) (sample channel position : nat) : R :=
    gamma * dy sample channel position.
  Definition p (channels positions : nat) (x : tensor3) (gamma : R) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      h gamma dy sample channel position)).
  Definition dx (channels positions : nat) (x : tensor3) (gamma : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / d channels positions x sample - x sample channel position *
      p channels positions x gamma dy sample / d channels positions x sample ^ 3.
  Definition dgamma (samples channels positions : nat) (x : tensor3) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * xhat channels positions x sample channel position))).
  Definition x_dx (channels positions : nat) (x : tensor3) (gamma : R) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      dx channels positions x gamma dy sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : tensor3),
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels positions x gamma dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : R),
    is_derive
      (fun t => loss samples channels positions x (gamma + t * direction) dy)
      0
      (dgamma samples channels positions x dy * direction).

  Definition orthogonal_to_x : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3),
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    forall sample, (sample < samples)%nat -> x_dx channels positions x gamma dy sample = 0.

  Ltac open_definitions := unfold x_dx, dgamma, dx, p, h, loss, y, xhat, d, s in *.
End sample_shared.

(* one norm for each sample, no scale *)
Module sample_unscaled.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition d (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    sqrt (s channels positions x sample).
  Definition xhat (channels positions : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x sample.
  Definition y (channels positions : nat) (x : tensor3) (sample channel position : nat) : R :=
    xhat channels positions x sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x sample channel position))).
  Definition p (channels positions : nat) (x : tensor3) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      dy sample channel position)).
  Definition dx (channels positions : nat) (x : tensor3) (dy : tensor3) (sample channel position : nat) : R :=
    dy sample channel position / d channels positions x sample - x sample channel position *
      p channels positions x dy sample / d channels positions x sample ^ 3.
  Definition x_dx (channels positions : nat) (x : tensor3) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      dx channels positions x dy sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (direction : tensor3),
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels positions x dy sample channel position * direction sample channel position)))).

  Definition orthogonal_to_x : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3),
    (forall sample, (sample < samples)%nat -> 0 < s channels positions x sample) ->
    forall sample, (sample < samples)%nat -> x_dx channels positions x dy sample = 0.

  Ltac open_definitions := unfold x_dx, dx, p, loss, y, xhat, d, s in *.
End sample_unscaled.
