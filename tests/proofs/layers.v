(* From one slice to a tensor with samples, channels and positions.

   The loss is a sum over all three axes. Whatever the axes of a slice are, it is a sum over the other axes of what
   one slice gives, and the derivative of a sum is the sum of the derivatives. *)

From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary sums slice denominators centred.
Open Scope R_scope.

Notation over_all samples channels positions f :=
  (total samples (fun sample => total channels (fun channel => total positions (fun position =>
    f sample channel position)))).

Lemma total3_ext : forall samples channels positions (f g : tensor3),
  (forall n c s, (n < samples)%nat -> (c < channels)%nat -> (s < positions)%nat -> f n c s = g n c s) ->
  over_all samples channels positions f = over_all samples channels positions g.
Proof.
  intros samples channels positions f g same. apply total_ext_below. intros n n_below.
  apply total_ext_below. intros c c_below. apply total_ext_below. intros s s_below. auto.
Qed.

Lemma positions_first : forall samples channels positions f,
  over_all samples channels positions f =
  total samples (fun n => total positions (fun s => total channels (fun c => f n c s))).
Proof. intros. apply total_ext. intro n. apply total_swap. Qed.

Lemma channels_first : forall samples channels positions f,
  over_all samples channels positions f =
  total channels (fun c => total samples (fun n => total positions (fun s => f n c s))).
Proof. intros. apply (total_swap samples channels (fun n c => total positions (fun s => f n c s))). Qed.

Section Layers.
Variables samples channels positions : nat.
Implicit Types x h v g : tensor3.
Implicit Types f : R -> tensor3.
Notation loss f := (fun t => over_all samples channels positions (f t)).

(* One norm for each sample and position; a slice is a row of channels. *)
Theorem position_gradient : forall (den : R -> R) (k : tensor2) x h v f g,
  let q n s := total channels (fun c => x n c s ^ 2) in
  (forall n s, (n < samples)%nat -> (s < positions)%nat -> smooth den (q n s) (k n s)) ->
  (forall t n c s,
    f t n c s = h n c s * ((x n c s + t * v n c s) / den (total channels (fun c => (x n c s + t * v n c s) ^ 2)))) ->
  (forall n c s,
    g n c s = (h n c s / den (q n s) - x n c s * total channels (fun c => x n c s * h n c s) * k n s) * v n c s) ->
  is_derive (loss f) 0 (over_all samples channels positions g).
Proof.
  intros den k x h v f g q smooth_den forward backward. rewrite positions_first.
  apply (is_derive_ext
    (fun t => total samples (fun n => total positions (fun s => total channels (fun c => f t n c s))))).
  { intro t. symmetry. apply positions_first. }
  apply (total_derive_below samples
    (fun t n => total positions (fun s => total channels (fun c => f t n c s)))).
  intros n n_below.
  apply (total_derive_below positions (fun t s => total channels (fun c => f t n c s))).
  intros s s_below. destruct (smooth_den n s n_below s_below) as (slope & derivative & nonzero & is_k).
  rewrite (total_ext channels (fun c => g n c s) _ (fun c => backward n c s)). rewrite <- is_k.
  apply (is_derive_ext (fun t => total channels (fun c => h n c s * ((x n c s + t * v n c s)
    / den (total channels (fun c => (x n c s + t * v n c s) ^ 2)))))).
  { intro t. apply total_ext. intro c. symmetry. apply forward. }
  exact (slice_derive (row channels) (row_sums channels) den slope
    (fun c => x n c s) (fun c => h n c s) (fun c => v n c s) derivative nonzero).
Qed.

(* One norm for each sample; a slice is all of a sample. *)
Theorem sample_gradient : forall (den : R -> R) (k : tensor1) x h v f g,
  let q n := total channels (fun c => total positions (fun s => x n c s ^ 2)) in
  (forall n, (n < samples)%nat -> smooth den (q n) (k n)) ->
  (forall t n c s, f t n c s = h n c s * ((x n c s + t * v n c s)
    / den (total channels (fun c => total positions (fun s => (x n c s + t * v n c s) ^ 2))))) ->
  (forall n c s, g n c s = (h n c s / den (q n)
    - x n c s * total channels (fun c => total positions (fun s => x n c s * h n c s)) * k n) * v n c s) ->
  is_derive (loss f) 0 (over_all samples channels positions g).
Proof.
  intros den k x h v f g q smooth_den forward backward.
  apply (total_derive_below samples (fun t n => total channels (fun c => total positions (fun s => f t n c s)))).
  intros n n_below. destruct (smooth_den n n_below) as (slope & derivative & nonzero & is_k).
  rewrite (total_ext channels (fun c => total positions (fun s => g n c s)) _
    (fun c => total_ext positions _ _ (fun s => backward n c s))). rewrite <- is_k.
  apply (is_derive_ext (fun t => total channels (fun c => total positions (fun s => h n c s * ((x n c s + t * v n c s)
    / den (total channels (fun c => total positions (fun s => (x n c s + t * v n c s) ^ 2)))))))).
  { intro t. apply total_ext. intro c. apply total_ext. intro s. symmetry. apply forward. }
  exact (slice_derive (block channels positions) (block_sums channels positions) den slope
    (fun i => x n (fst i) (snd i)) (fun i => h n (fst i) (snd i)) (fun i => v n (fst i) (snd i)) derivative nonzero).
Qed.

(* BatchNorm; a slice is all of a channel, and h is the scale times dy, if a scale follows. *)
Theorem channel_gradient : forall (m eps : R) x h v f g,
  m = INR (samples * positions) -> 0 < m -> 0 < eps ->
  let mean (y : tensor3) c := total samples (fun n => total positions (fun s => y n c s)) / m in
  let u (y : tensor3) n c s := y n c s - mean y c in
  let sigma (y : tensor3) c := sqrt (total samples (fun n => total positions (fun s => u y n c s ^ 2)) / m + eps) in
  (forall t n c s, f t n c s = h n c s * (u (fun n c s => x n c s + t * v n c s) n c s
    / sigma (fun n c s => x n c s + t * v n c s) c)) ->
  (forall n c s, g n c s = (h n c s / sigma x c
    - total samples (fun n => total positions (fun s => h n c s)) / (m * sigma x c)
    - u x n c s * total samples (fun n => total positions (fun s => h n c s * u x n c s)) / (m * sigma x c ^ 3))
    * v n c s) ->
  is_derive (loss f) 0 (over_all samples channels positions g).
Proof.
  intros m eps x h v f g is_m m_pos eps_pos mean u sigma forward backward. rewrite channels_first.
  apply (is_derive_ext
    (fun t => total channels (fun c => total samples (fun n => total positions (fun s => f t n c s))))).
  { intro t. symmetry. apply channels_first. }
  apply (total_derive_below channels (fun t c => total samples (fun n => total positions (fun s => f t n c s)))).
  intros c _.
  rewrite (total_ext samples (fun n => total positions (fun s => g n c s)) _
    (fun n => total_ext positions _ _ (fun s => backward n c s))).
  apply (is_derive_ext (fun t => total samples (fun n => total positions (fun s =>
    h n c s * (u (fun n c s => x n c s + t * v n c s) n c s / sigma (fun n c s => x n c s + t * v n c s) c))))).
  { intro t. apply total_ext. intro n. apply total_ext. intro s. symmetry. apply forward. }
  exact (centred_derive (block samples positions) (block_sums samples positions) m
    (eq_trans (block_one samples positions) (eq_sym is_m)) m_pos eps
    (fun i => x (fst i) c (snd i)) (fun i => h (fst i) c (snd i)) (fun i => v (fst i) c (snd i)) eps_pos).
Qed.

(* The same with the factors of the inner product the other way round. *)
Theorem channel_gradient_commuted : forall (m eps : R) x h v f g,
  m = INR (samples * positions) -> 0 < m -> 0 < eps ->
  let mean (y : tensor3) c := total samples (fun n => total positions (fun s => y n c s)) / m in
  let u (y : tensor3) n c s := y n c s - mean y c in
  let sigma (y : tensor3) c := sqrt (total samples (fun n => total positions (fun s => u y n c s ^ 2)) / m + eps) in
  (forall t n c s, f t n c s = h n c s * (u (fun n c s => x n c s + t * v n c s) n c s
    / sigma (fun n c s => x n c s + t * v n c s) c)) ->
  (forall n c s, g n c s = (h n c s / sigma x c
    - total samples (fun n => total positions (fun s => h n c s)) / (m * sigma x c)
    - u x n c s * total samples (fun n => total positions (fun s => u x n c s * h n c s)) / (m * sigma x c ^ 3))
    * v n c s) ->
  is_derive (loss f) 0 (over_all samples channels positions g).
Proof.
  intros m eps x h v f g is_m m_pos eps_pos mean u sigma forward backward.
  apply (channel_gradient m eps x h v f g is_m m_pos eps_pos forward).
  intros n c s. rewrite backward.
  rewrite (total_ext samples (fun n => total positions (fun s => u x n c s * h n c s))
    (fun n => total positions (fun s => h n c s * u x n c s))); [reflexivity|].
  intro i. apply total_ext. intro j. apply Rmult_comm.
Qed.

(* The part of the gradient along x, in a row of channels and in all of a sample. *)
Theorem along_row : forall (x h : tensor1) eps,
  let q := total channels (fun c => x c ^ 2) in
  let p := total channels (fun c => x c * h c) in
  0 < q + eps ->
  total channels (fun c => x c * (h c / sqrt (q + eps) - x c * p / sqrt (q + eps) ^ 3)) =
  eps * p / sqrt (q + eps) ^ 3.
Proof.
  intros x h eps q p positive. exact (slice_along_root (row channels) (row_sums channels) x h eps positive).
Qed.

Theorem along_block : forall (x h : tensor2) eps,
  let q := total channels (fun c => total positions (fun s => x c s ^ 2)) in
  let p := total channels (fun c => total positions (fun s => x c s * h c s)) in
  0 < q + eps ->
  total channels (fun c => total positions (fun s =>
    x c s * (h c s / sqrt (q + eps) - x c s * p / sqrt (q + eps) ^ 3))) =
  eps * p / sqrt (q + eps) ^ 3.
Proof.
  intros x h eps q p positive.
  exact (slice_along_root (block channels positions) (block_sums channels positions)
    (fun i => x (fst i) (snd i)) (fun i => h (fst i) (snd i)) eps positive).
Qed.

Theorem orthogonal_row : forall (x h : tensor1),
  let q := total channels (fun c => x c ^ 2) in
  0 < q ->
  total channels (fun c =>
    x c * (h c / sqrt q - x c * total channels (fun c => x c * h c) / sqrt q ^ 3)) = 0.
Proof.
  intros x h q positive. exact (slice_orthogonal (row channels) (row_sums channels) x h positive).
Qed.

Theorem orthogonal_block : forall (x h : tensor2),
  let q := total channels (fun c => total positions (fun s => x c s ^ 2)) in
  0 < q ->
  total channels (fun c => total positions (fun s => x c s * (h c s / sqrt q
    - x c s * total channels (fun c => total positions (fun s => x c s * h c s)) / sqrt q ^ 3))) = 0.
Proof.
  intros x h q positive.
  exact (slice_orthogonal (block channels positions) (block_sums channels positions)
    (fun i => x (fst i) (snd i)) (fun i => h (fst i) (snd i)) positive).
Qed.

(* What is linear in the direction: a scale for each channel, one scale for all, and the input of the Scale layer. *)
Theorem linear_gradient : forall f (a : tensor3),
  (forall t n c s, f t n c s = f 0 n c s + t * a n c s) ->
  is_derive (loss f) 0 (over_all samples channels positions a).
Proof.
  intros f a forward.
  apply (total_derive_below samples (fun t n => total channels (fun c => total positions (fun s => f t n c s)))).
  intros n _. apply (total_derive_below channels (fun t c => total positions (fun s => f t n c s))).
  intros c _. apply (total_derive_below positions (fun t s => f t n c s)).
  intros s _. apply (is_derive_ext (fun t => f 0 n c s + t * a n c s)); [intro t; symmetry; apply forward|].
  auto_derive; [trivial|ring].
Qed.

(* A shift of the loss changes no derivative. *)
Theorem constant_added : forall f (b g : tensor3),
  is_derive (fun t => over_all samples channels positions (fun n c s => f t n c s - b n c s)) 0
    (over_all samples channels positions g) ->
  is_derive (loss f) 0 (over_all samples channels positions g).
Proof.
  intros f b g shifted. set (shift := over_all samples channels positions b).
  apply (is_derive_ext (fun t => over_all samples channels positions (fun n c s => f t n c s - b n c s) + shift)).
  { intro t. unfold shift. rewrite <- total_plus. apply total_ext. intro n. rewrite <- total_plus.
    apply total_ext. intro c. rewrite <- total_plus. apply total_ext. intro s. ring. }
  rewrite <- (Rplus_0_r (over_all samples channels positions g)).
  apply (is_derive_plus _ (fun _ => shift)); [exact shifted|].
  apply (@is_derive_const R_AbsRing R_NormedModule).
Qed.

Theorem channel_linear_gradient : forall f (a : tensor3) (w : tensor1),
  (forall t n c s, f t n c s = f 0 n c s + t * (a n c s * w c)) ->
  is_derive (loss f) 0
    (total channels (fun c => total samples (fun n => total positions (fun s => a n c s)) * w c)).
Proof.
  intros f a w forward.
  replace (total channels (fun c => total samples (fun n => total positions (fun s => a n c s)) * w c))
    with (over_all samples channels positions (fun n c s => a n c s * w c)).
  - exact (linear_gradient f (fun n c s => a n c s * w c) forward).
  - rewrite channels_first. apply total_ext. intro c. rewrite <- total_scal_right.
    apply total_ext. intro n. apply total_scal_right.
Qed.

Theorem shared_linear_gradient : forall f (a : tensor3) (w : R),
  (forall t n c s, f t n c s = f 0 n c s + t * (a n c s * w)) ->
  is_derive (loss f) 0 (over_all samples channels positions a * w).
Proof.
  intros f a w forward.
  replace (over_all samples channels positions a * w)
    with (over_all samples channels positions (fun n c s => a n c s * w)).
  - exact (linear_gradient f (fun n c s => a n c s * w) forward).
  - rewrite <- total_scal_right. apply total_ext. intro n. rewrite <- total_scal_right.
    apply total_ext. intro c. apply total_scal_right.
Qed.
End Layers.

(* What the proofs of one mode consist of; the definitions are open. *)
Ltac nonneg := repeat (apply total_nonneg; intro); apply pow2_ge_0.

Ltac by_slices den x h direction smooth_den :=
  first
    [ eapply (position_gradient _ _ _ den _ x h direction);
      [ intros; apply smooth_den; first [assumption | nonneg | auto] | intros; unfold Rdiv; ring.. ]
    | eapply (sample_gradient _ _ _ den _ x h direction);
      [ intros; apply smooth_den; first [assumption | nonneg | auto] | intros; unfold Rdiv; ring.. ] ].

(* The loss is linear in what moves. *)
Ltac by_linearity :=
  first [ eapply channel_linear_gradient | eapply shared_linear_gradient | eapply linear_gradient ];
  intros; unfold Rdiv; ring.
