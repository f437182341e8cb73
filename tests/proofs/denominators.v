(* The five denominators, as functions of the sum of squares q: each is differentiable where its theorem says.

   `smooth den q k` says all that the gradient needs: den has a derivative at q, is not 0 there, and k is twice that
   derivative by the square of den. *)

From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary.
Open Scope R_scope.

Definition smooth (den : R -> R) (q k : R) : Prop :=
  exists slope, is_derive den q slope /\ den q <> 0 /\ 2 * slope / den q ^ 2 = k.

Lemma root_neq_0 : forall q, 0 < q -> sqrt q <> 0.
Proof. intros q positive. apply Rgt_not_eq, sqrt_lt_R0, positive. Qed.

Lemma smooth_none : forall q, 0 < q -> smooth (fun q => sqrt q) q (1 / sqrt q ^ 3).
Proof.
  intros q positive. assert (nonzero := root_neq_0 q positive).
  exists (/ (2 * sqrt q)). refine (conj _ (conj _ _)); [|exact nonzero|field; exact nonzero].
  auto_derive; [exact positive|field; exact nonzero].
Qed.

Lemma smooth_radicand : forall eps q, 0 < q + eps -> smooth (fun q => sqrt (q + eps)) q (1 / sqrt (q + eps) ^ 3).
Proof.
  intros eps q positive. assert (nonzero := root_neq_0 _ positive).
  exists (/ (2 * sqrt (q + eps))). refine (conj _ (conj _ _)); [|exact nonzero|field; exact nonzero].
  auto_derive; [exact positive|field; exact nonzero].
Qed.

Lemma smooth_add_inside : forall eps q, 0 < eps -> 0 <= q ->
  smooth (fun q => sqrt (q + eps)) q (1 / sqrt (q + eps) ^ 3).
Proof. intros. apply smooth_radicand. lra. Qed.

(* The deviation of BatchNorm: the mean of squares instead of their sum. *)
Lemma smooth_deviation : forall m eps q, 0 < m -> 0 < eps -> 0 <= q ->
  smooth (fun q => sqrt (q / m + eps)) q (1 / (m * sqrt (q / m + eps) ^ 3)).
Proof.
  intros m eps q count eps_pos q_nonneg.
  assert (positive : 0 < q / m + eps) by (assert (0 <= q / m) by (apply Rle_mult_inv_pos; assumption); lra).
  assert (nonzero := root_neq_0 _ positive).
  exists (/ (2 * m * sqrt (q / m + eps))). refine (conj _ (conj _ _)); [|exact nonzero|field; lra].
  auto_derive; [exact positive|]. fold (q / m). field. lra.
Qed.

Lemma smooth_add_outside : forall eps q, 0 <= eps -> 0 < q ->
  smooth (fun q => sqrt q + eps) q (reciprocal (sqrt q) / (sqrt q + eps) ^ 2).
Proof.
  intros eps q eps_nonneg positive. assert (root_pos := sqrt_lt_R0 q positive).
  exists (/ (2 * sqrt q)). refine (conj _ (conj _ _)).
  - auto_derive; [exact positive|field; lra].
  - lra.
  - unfold reciprocal. destruct (Rlt_dec 0 (sqrt q)); [field; lra|lra].
Qed.

(* Near a point off the tie, the clamp is one of its branches. *)
Lemma clamp_above : forall (f : R -> R) e q, continuous f q -> e < f q -> locally q (fun u => at_least (f u) e = f u).
Proof.
  intros f e q smooth above.
  apply (filter_imp (fun u => e < f u)).
  - intros u higher. apply Rmax_left. lra.
  - apply (smooth (fun value => e < value)). apply (open_gt e). exact above.
Qed.

Lemma clamp_below : forall (f : R -> R) e q, continuous f q -> f q < e -> locally q (fun u => at_least (f u) e = e).
Proof.
  intros f e q smooth below.
  apply (filter_imp (fun u => f u < e)).
  - intros u lower. apply Rmax_right. lra.
  - apply (smooth (fun value => value < e)). apply (open_lt e). exact below.
Qed.

Lemma same_nearby : forall (f g : R -> R) q slope,
  locally q (fun u => f u = g u) -> is_derive g q slope -> is_derive f q slope.
Proof.
  intros f g q slope same. apply is_derive_ext_loc.
  apply (filter_imp _ _ (fun u equal => eq_sym equal) same).
Qed.

Lemma smooth_clamp_norm : forall eps q, 0 <= eps -> 0 <= q -> sqrt q <> eps ->
  smooth (fun q => at_least (sqrt q) eps) q (active (sqrt q) eps / at_least (sqrt q) eps ^ 3).
Proof.
  intros eps q eps_nonneg q_nonneg off_the_tie.
  destruct (Rlt_dec eps (sqrt q)) as [above|not_above].
  - assert (positive : 0 < q) by (apply sqrt_lt_0_alt; rewrite sqrt_0; lra).
    assert (here : at_least (sqrt q) eps = sqrt q) by (apply Rmax_left; lra).
    exists (/ (2 * sqrt q)). rewrite here. refine (conj _ (conj _ _)).
    + apply (same_nearby _ sqrt).
      * apply (clamp_above sqrt); [apply continuous_sqrt|exact above].
      * auto_derive; [exact positive|field; lra].
    + lra.
    + unfold active. destruct (Rle_dec eps (sqrt q)); [field; lra|lra].
  - assert (below : sqrt q < eps) by lra. assert (root_nonneg := sqrt_pos q).
    assert (here : at_least (sqrt q) eps = eps) by (apply Rmax_right; lra).
    exists 0. rewrite here. refine (conj _ (conj _ _)).
    + apply (same_nearby _ (fun _ => eps)).
      * apply (clamp_below sqrt); [apply continuous_sqrt|exact below].
      * apply (@is_derive_const R_AbsRing R_NormedModule).
    + lra.
    + unfold active. destruct (Rle_dec eps (sqrt q)); [lra|field; lra].
Qed.

Lemma smooth_clamp_sum : forall eps q, 0 <= eps -> 0 <= q -> q <> eps ->
  smooth (fun q => sqrt (at_least q eps)) q (active q eps / sqrt (at_least q eps) ^ 3).
Proof.
  intros eps q eps_nonneg q_nonneg off_the_tie.
  destruct (Rlt_dec eps q) as [above|not_above].
  - assert (positive : 0 < q) by lra. assert (root_pos := sqrt_lt_R0 q positive).
    assert (here : at_least q eps = q) by (apply Rmax_left; lra).
    exists (/ (2 * sqrt q)). rewrite here. refine (conj _ (conj _ _)).
    + apply (same_nearby _ sqrt).
      * apply (filter_imp (fun u => at_least u eps = u)); [intros u same; rewrite same; reflexivity|].
        apply (clamp_above (fun u => u)); [apply continuous_id|exact above].
      * auto_derive; [exact positive|field; lra].
    + lra.
    + unfold active. destruct (Rle_dec eps q); [field; lra|lra].
  - assert (below : q < eps) by lra. assert (root_pos := sqrt_lt_R0 eps ltac:(lra)).
    assert (here : at_least q eps = eps) by (apply Rmax_right; lra).
    exists 0. rewrite here. refine (conj _ (conj _ _)).
    + apply (same_nearby _ (fun _ => sqrt eps)).
      * apply (filter_imp (fun u => at_least u eps = eps)); [intros u same; rewrite same; reflexivity|].
        apply (clamp_below (fun u => u)); [apply continuous_id|exact below].
      * apply (@is_derive_const R_AbsRing R_NormedModule).
    + lra.
    + unfold active. destruct (Rle_dec eps q); [lra|field; lra].
Qed.
