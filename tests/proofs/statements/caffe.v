(* The bottom gradient of Caffe's Normalize. Generated text, do not edit.

   made by    python -m l2norm_ref.emit.coq --write
   from       l2norm_ref/symbolic/, programs d61ff07b9ef6cdbd

   Each module holds a forward definition (up to y), the loss <dy, y>, the backward pass, and what is claimed of them.
   The words are those of vocabulary.v. *)

From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary.
Open Scope R_scope.

(* across_spatial: false, channel_shared: false *)
Module position_per_channel.
  Definition s (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition d (channels : nat) (x : tensor3) (eps : R) (sample position : nat) : R :=
    sqrt (s channels x sample position + eps).
  Definition xhat (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels x eps sample position.
  Definition y (channels : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (sample channel position : nat) : R :=
    gamma channel * xhat channels x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x gamma eps sample channel position))).
  Definition x_dy (channels : nat) (x : tensor3) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * dy sample channel position).
  Definition caffe_dx (channels : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    (dy sample channel position - x sample channel position * x_dy channels x dy sample position /
      (s channels x sample position + eps)) * gamma channel / sqrt (s channels x sample position + eps).

  Definition is_the_gradient_at (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (dy : tensor3) : Prop :=
    forall (direction : tensor3),
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        caffe_dx channels x gamma eps dy sample channel position * direction sample channel position)))).

  Definition caffe_dx_is_not_the_gradient : Prop :=
    forall (eps : R), 0 <= eps ->
      ~ is_the_gradient_at 1 2 1
          (fun sample channel position => match channel with O => 3 | S _ => 4 end)
          (fun channel => match channel with O => 1 | S _ => 2 end)
          eps
          (fun sample channel position => match channel with O => 1 | S _ => 0 end).

  Definition caffe_dx_is_the_gradient_where_gamma_is_uniform : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 < eps ->
    (forall channel, (channel < channels)%nat -> gamma channel = gamma 0%nat) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        caffe_dx channels x gamma eps dy sample channel position * direction sample channel position)))).

  Ltac open_definitions := unfold caffe_dx, x_dy, loss, y, xhat, d, s in *.
End position_per_channel.

(* across_spatial: false, channel_shared: true *)
Module position_shared.
  Definition s (channels : nat) (x : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position ^ 2).
  Definition d (channels : nat) (x : tensor3) (eps : R) (sample position : nat) : R :=
    sqrt (s channels x sample position + eps).
  Definition xhat (channels : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels x eps sample position.
  Definition y (channels : nat) (x : tensor3) (gamma : R) (eps : R) (sample channel position : nat) : R :=
    gamma * xhat channels x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels x gamma eps sample channel position))).
  Definition x_dy (channels : nat) (x : tensor3) (dy : tensor3) (sample position : nat) : R :=
    total channels (fun channel => x sample channel position * dy sample channel position).
  Definition caffe_dx (channels : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    (dy sample channel position - x sample channel position * x_dy channels x dy sample position /
      (s channels x sample position + eps)) * gamma / sqrt (s channels x sample position + eps).

  Definition caffe_dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 < eps ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        caffe_dx channels x gamma eps dy sample channel position * direction sample channel position)))).

  Ltac open_definitions := unfold caffe_dx, x_dy, loss, y, xhat, d, s in *.
End position_shared.

(* across_spatial: true, channel_shared: false *)
Module sample_per_channel.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition d (channels positions : nat) (x : tensor3) (eps : R) (sample : nat) : R :=
    sqrt (s channels positions x sample + eps).
  Definition xhat (channels positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x eps sample.
  Definition y (channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (sample channel position : nat) : R :=
    gamma channel * xhat channels positions x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x gamma eps sample channel position))).
  Definition x_dy (channels positions : nat) (x : tensor3) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      dy sample channel position)).
  Definition caffe_dx (channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    (dy sample channel position - x sample channel position * x_dy channels positions x dy sample /
      (s channels positions x sample + eps)) * gamma channel / sqrt (s channels positions x sample + eps).

  Definition is_the_gradient_at (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R)
    (dy : tensor3) : Prop :=
    forall (direction : tensor3),
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        caffe_dx channels positions x gamma eps dy sample channel position *
        direction sample channel position)))).

  Definition caffe_dx_is_not_the_gradient : Prop :=
    forall (eps : R), 0 <= eps ->
      ~ is_the_gradient_at 1 2 1
          (fun sample channel position => match channel with O => 3 | S _ => 4 end)
          (fun channel => match channel with O => 1 | S _ => 2 end)
          eps
          (fun sample channel position => match channel with O => 1 | S _ => 0 end).

  Definition caffe_dx_is_the_gradient_where_gamma_is_uniform : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : tensor1) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 < eps ->
    (forall channel, (channel < channels)%nat -> gamma channel = gamma 0%nat) ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        caffe_dx channels positions x gamma eps dy sample channel position *
        direction sample channel position)))).

  Ltac open_definitions := unfold caffe_dx, x_dy, loss, y, xhat, d, s in *.
End sample_per_channel.

(* across_spatial: true, channel_shared: true *)
Module sample_shared.
  Definition s (channels positions : nat) (x : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position ^ 2)).
  Definition d (channels positions : nat) (x : tensor3) (eps : R) (sample : nat) : R :=
    sqrt (s channels positions x sample + eps).
  Definition xhat (channels positions : nat) (x : tensor3) (eps : R) (sample channel position : nat) : R :=
    x sample channel position / d channels positions x eps sample.
  Definition y (channels positions : nat) (x : tensor3) (gamma : R) (eps : R)
    (sample channel position : nat) : R :=
    gamma * xhat channels positions x eps sample channel position.
  Definition loss (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3) : R :=
    total samples (fun sample => total channels (fun channel => total positions (fun position =>
      dy sample channel position * y channels positions x gamma eps sample channel position))).
  Definition x_dy (channels positions : nat) (x : tensor3) (dy : tensor3) (sample : nat) : R :=
    total channels (fun channel => total positions (fun position => x sample channel position *
      dy sample channel position)).
  Definition caffe_dx (channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
    (sample channel position : nat) : R :=
    (dy sample channel position - x sample channel position * x_dy channels positions x dy sample /
      (s channels positions x sample + eps)) * gamma / sqrt (s channels positions x sample + eps).

  Definition caffe_dx_is_the_gradient : Prop :=
    forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)
      (direction : tensor3),
    0 < eps ->
    is_derive
      (fun t => loss samples channels positions (fun sample channel position => x sample channel position + t
        * direction sample channel position) gamma eps dy)
      0
      (total samples (fun sample => total channels (fun channel => total positions (fun position =>
        caffe_dx channels positions x gamma eps dy sample channel position *
        direction sample channel position)))).

  Ltac open_definitions := unfold caffe_dx, x_dy, loss, y, xhat, d, s in *.
End sample_shared.
