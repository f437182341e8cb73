(* BatchNorm with the statistics of the batch, and its relatives. Generated text, do not edit.

   made by    python -m l2norm_ref.emit.coq --write
   from       l2norm_ref/symbolic/, programs 27a6e24fb7811adb

   Each module holds a forward definition (up to y), the loss <dy, y>, the backward pass, and what is claimed of them.
   The words are those of vocabulary.v. *)

From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary.
Open Scope R_scope.

(* mean and variance of each channel *)
Module batch_norm.
  Definition t (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => x sample channel position)).
  Definition mu (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    t samples positions x channel / INR (samples * positions).
  Definition u (samples positions : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position - mu samples positions x channel.
  Definition v (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position =>
      u samples positions x sample channel position ^ 2)).
  Definition var (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    v samples positions x channel / INR (samples * positions).
  Definition sigma (samples positions : nat) (x : tensor3) (eps : R) (channel : nat) : R :=
    sqrt (var samples positions x channel + eps).
  Definition xhat (samples positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    u samples positions x sample channel position / sigma samples positions x eps channel.
  Definition y (samples positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    xhat samples positions x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y samples positions x eps sample channel position))).
  Definition p (samples positions : nat) (x : tensor3) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position *
      u samples positions x sample channel position)).
  Definition dy_sum (samples positions : nat) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position)).
  Definition dx (samples positions : nat) (x : tensor3) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    dy sample channel position / sigma samples positions x eps channel - dy_sum samples positions dy channel /
      (INR (samples * positions) * sigma samples positions x eps channel) -
      u samples positions x sample channel position * p samples positions x dy channel / (INR (samples *
      positions) * sigma samples positions x eps channel ^ 3).
  Definition dx_sum (samples positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position =>
      dx samples positions x eps dy sample channel position)).
  Definition xhat_dx (samples positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position =>
      xhat samples positions x eps sample channel position *
      dx samples positions x eps dy sample channel position)).
  Definition xhat_dy (samples positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position *
      xhat samples positions x eps sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (direction : tensor3),
    (0 < samples)%nat ->
    (0 < positions)%nat ->
    0 < eps ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx samples positions x eps dy sample channel position * direction sample channel position)))).

  Definition no_mean : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3),
    (0 < samples)%nat ->
    (0 < positions)%nat ->
    0 < eps ->
    forall channel, (channel < channels)%nat -> dx_sum samples positions x eps dy channel = 0.

  Definition along_xhat : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3),
    (0 < samples)%nat ->
    (0 < positions)%nat ->
    0 < eps ->
    forall channel, (channel < channels)%nat -> xhat_dx samples positions x eps dy channel = eps *
      xhat_dy samples positions x eps dy channel / sigma samples positions x eps channel ^ 3.

  Ltac open_definitions := unfold xhat_dy, xhat_dx, dx_sum, dx, dy_sum, p, loss, y, xhat, sigma, var, v, u,
    mu, t in *.
End batch_norm.

(* BatchNorm followed by Scale *)
Module batch_norm_scale.
  Definition t (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => x sample channel position)).
  Definition mu (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    t samples positions x channel / INR (samples * positions).
  Definition u (samples positions : nat) (x : tensor3) (sample channel position : nat) : R :=
    x sample channel position - mu samples positions x channel.
  Definition v (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position =>
      u samples positions x sample channel position ^ 2)).
  Definition var (samples positions : nat) (x : tensor3) (channel : nat) : R :=
    v samples positions x channel / INR (samples * positions).
  Definition sigma (samples positions : nat) (x : tensor3) (eps : R) (channel : nat) : R :=
    sqrt (var samples positions x channel + eps).
  Definition xhat (samples positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    u samples positions x sample channel position / sigma samples positions x eps channel.
  Definition y (samples positions : nat) (x : tensor3) (eps : R) (gamma : tensor1) (beta : tensor1)
    (sample channel position : nat) : R :=
    gamma channel * xhat samples positions x eps sample channel position + beta channel.
  Definition loss (samples channels positions : nat) (x : tensor3) (eps : R) (gamma : tensor1)
    (beta : tensor1) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y samples positions x eps gamma beta sample channel position))).
  Definition h (gamma : tensor1) (dy : tensor3) (sample channel position : nat) : R :=
    gamma channel * dy sample channel position.
  Definition p (samples positions : nat) (x : tensor3) (gamma : tensor1) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position =>
      u samples positions x sample channel position * h gamma dy sample channel position)).
  Definition h_sum (samples positions : nat) (gamma : tensor1) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => h gamma dy sample channel position)).
  Definition dx (samples positions : nat) (x : tensor3) (eps : R) (gamma : tensor1) (dy : tensor3)
    (sample channel position : nat) : R :=
    h gamma dy sample channel position / sigma samples positions x eps channel -
      h_sum samples positions gamma dy channel / (INR (samples * positions) *
      sigma samples positions x eps channel) - u samples positions x sample channel position *
      p samples positions x gamma dy channel / (INR (samples * positions) *
      sigma samples positions x eps channel ^ 3).
  Definition dgamma (samples positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position *
      xhat samples positions x eps sample channel position)).
  Definition dbeta (samples positions : nat) (dy : tensor3) (channel : nat) : R :=
    total samples (fun sample => total positions (fun position => dy sample channel position)).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (gamma : tensor1) (beta : tensor1)
      (dy : tensor3) (direction : tensor3),
    (0 < samples)%nat ->
    (0 < positions)%nat ->
    0 < eps ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) eps gamma beta dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx samples positions x eps gamma dy sample channel position * direction sample channel position)))).

  Definition dgamma_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (gamma : tensor1) (beta : tensor1)
      (dy : tensor3) (direction : tensor1),
    (0 < samples)%nat ->
    (0 < positions)%nat ->
    is_derive
      (fun t => loss samples channels positions x eps (fun channel => gamma channel + t *
        direction channel) beta dy)
      0
      (total channels (fun channel => dgamma samples positions x eps dy channel * direction channel)).

  Definition dbeta_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (gamma : tensor1) (beta : tensor1)
      (dy : tensor3) (direction : tensor1),
    (0 < samples)%nat ->
    (0 < positions)%nat ->
    is_derive
      (fun t => loss samples channels positions x eps gamma (fun channel => beta channel + t *
        direction channel) dy)
      0
      (total channels (fun channel => dbeta samples positions dy channel * direction channel)).

  Ltac open_definitions := unfold dbeta, dgamma, dx, h_sum, p, h, loss, y, xhat, sigma, var, v, u, mu, t in *.
End batch_norm_scale.

(* RMSNorm, without its scale *)
Module rms_norm.
  Definition v (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition ms (channels : nat) (x : tensor3) (sample position : nat) : R :=
    v channels x sample position / INR (channels).
  Definition sigma (channels : nat) (x : tensor3) (eps : R) (sample position : nat) : R :=
    sqrt (ms channels x sample position + eps).
  Definition xhat (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / sigma channels x eps sample position.
  Definition y (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    xhat channels x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x eps sample channel position))).
  Definition p (channels : nat) (x : tensor3) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * dy sample channel position).
  Definition dx (channels : nat) (x : tensor3) (eps : R) (dy : tensor3) (sample channel position : nat) : R :=
    dy sample channel position / sigma channels x eps sample position - x sample channel position *
      p channels x dy sample position / (INR (channels) * sigma channels x eps sample position ^ 3).

  Definition dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (eps : R) (dy : tensor3) (direction : tensor3),
    (0 < channels)%nat ->
    0 < eps ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        dx channels x eps dy sample channel position * direction sample channel position)))).

  Ltac open_definitions := unfold dx, p, loss, y, xhat, sigma, ms, v in *.
End rms_norm.
