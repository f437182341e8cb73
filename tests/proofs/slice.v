(* One slice, any denominator: the derivative of the sum of h * x / d along a direction v.

   d is a function of the sum of squares, d = den s. Nothing is used of it but its derivative at s and that it is not
   0 there, so the five denominators and the deviation of BatchNorm are five and one uses of one theorem. *)

From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary sums.
Open Scope R_scope.

Section Slice.
Context {I : Type} (sigma : (I -> R) -> R) (laws : Summation sigma).
Implicit Types x h v : I -> R.

Lemma sigma_opp : forall f, sigma (fun i => - f i) = - sigma f.
Proof.
  intro f. replace (- sigma f) with (-1 * sigma f) by ring. rewrite <- (sigma_scal laws).
  apply (sigma_ext laws). intro i. ring.
Qed.

Lemma sigma_minus : forall f g, sigma (fun i => f i - g i) = sigma f - sigma g.
Proof. intros f g. unfold Rminus. rewrite (sigma_plus laws), sigma_opp. reflexivity. Qed.

Lemma sigma_scal_right : forall a f, sigma (fun i => f i * a) = sigma f * a.
Proof.
  intros a f. rewrite Rmult_comm, <- (sigma_scal laws). apply (sigma_ext laws). intro i. ring.
Qed.

Definition squares x := sigma (fun i => x i ^ 2).

Lemma squares_nonneg : forall x, 0 <= squares x.
Proof. intro x. apply (sigma_nonneg laws). intro i. apply pow2_ge_0. Qed.

Lemma squares_derive : forall x v,
  is_derive (fun t => squares (fun i => x i + t * v i)) 0 (2 * sigma (fun i => x i * v i)).
Proof.
  intros x v. unfold squares. rewrite <- (sigma_scal laws).
  apply (sigma_derive laws (fun t i => (x i + t * v i) ^ 2)).
  intro i. auto_derive; [trivial|ring].
Qed.

(* The gradient of a slice: h / d - x * <x, h> * k, where k is twice the slope of the denominator by its square. *)
Theorem slice_derive : forall (den : R -> R) (slope : R) x h v,
  is_derive den (squares x) slope -> den (squares x) <> 0 ->
  is_derive
    (fun t => sigma (fun i => h i * ((x i + t * v i) / den (squares (fun j => x j + t * v j))))) 0
    (sigma (fun i =>
      (h i / den (squares x) - x i * sigma (fun j => x j * h j) * (2 * slope / den (squares x) ^ 2)) * v i)).
Proof.
  intros den slope x h v smooth nonzero.
  assert (start : squares (fun j => x j + 0 * v j) = squares x).
  { apply (sigma_ext laws). intro i. ring. }
  assert (along : is_derive (fun t => den (squares (fun j => x j + t * v j))) 0
                            (2 * sigma (fun i => x i * v i) * slope)).
  { apply (is_derive_comp den (fun t => squares (fun j => x j + t * v j))).
    - rewrite start. exact smooth.
    - apply squares_derive. }
  set (d0 := den (squares x)) in *. set (p := sigma (fun j => x j * h j)).
  replace (sigma (fun i => (h i / d0 - x i * p * (2 * slope / d0 ^ 2)) * v i))
    with (sigma (fun i => h i * v i / d0 + h i * x i * (- (2 * sigma (fun i => x i * v i) * slope) / d0 ^ 2))).
  - apply (sigma_derive laws (fun t i => h i * ((x i + t * v i) / den (squares (fun j => x j + t * v j))))).
    intro i. set (q' := 2 * sigma (fun j => x j * v j) * slope) in *.
    set (dt := fun t => den (squares (fun j => x j + t * v j))) in *.
    assert (here : dt 0 = d0) by (unfold dt; rewrite start; reflexivity).
    replace (h i * v i / d0 + h i * x i * (- q' / d0 ^ 2))
      with (h i * ((v i * dt 0 - (x i + 0 * v i) * q') / dt 0 ^ 2)) by (rewrite here; field; exact nonzero).
    apply (is_derive_scal (fun t => (x i + t * v i) / dt t)).
    apply (is_derive_div (fun t => x i + t * v i) dt 0 (v i) q').
    + auto_derive; [trivial|ring].
    + exact along.
    + rewrite here. exact nonzero.
  - set (q := sigma (fun i => x i * v i)).
    rewrite (sigma_plus laws), sigma_scal_right.
    rewrite (sigma_ext laws (fun i => (h i / d0 - x i * p * (2 * slope / d0 ^ 2)) * v i)
                            (fun i => h i * v i / d0 - (p * (2 * slope / d0 ^ 2)) * (x i * v i)))
      by (intro i; field; exact nonzero).
    rewrite sigma_minus, (sigma_scal laws). fold q.
    replace (sigma (fun i => h i * x i)) with p by (apply (sigma_ext laws); intro i; ring).
    field. exact nonzero.
Qed.

(* The part of the gradient along x, where the square of the denominator is the sum of squares and eps. *)
Theorem slice_along : forall x h d eps, d <> 0 -> d ^ 2 = squares x + eps ->
  sigma (fun i => x i * (h i / d - x i * sigma (fun j => x j * h j) / d ^ 3)) =
  eps * sigma (fun j => x j * h j) / d ^ 3.
Proof.
  intros x h d eps nonzero square. set (p := sigma (fun j => x j * h j)).
  rewrite (sigma_ext laws _ (fun i => / d * (x i * h i) - p / d ^ 3 * x i ^ 2)) by (intro i; field; exact nonzero).
  rewrite sigma_minus, !(sigma_scal laws). fold (squares x). fold p.
  replace (squares x) with (d ^ 2 - eps) by (rewrite square; ring). field. exact nonzero.
Qed.

Theorem slice_along_root : forall x h eps, 0 < squares x + eps ->
  let d := sqrt (squares x + eps) in
  sigma (fun i => x i * (h i / d - x i * sigma (fun j => x j * h j) / d ^ 3)) =
  eps * sigma (fun j => x j * h j) / d ^ 3.
Proof.
  intros x h eps positive d. apply slice_along.
  - apply Rgt_not_eq, sqrt_lt_R0, positive.
  - apply pow2_sqrt. lra.
Qed.

(* Without eps, the gradient and x are orthogonal. *)
Theorem slice_orthogonal : forall x h, 0 < squares x ->
  let d := sqrt (squares x) in
  sigma (fun i => x i * (h i / d - x i * sigma (fun j => x j * h j) / d ^ 3)) = 0.
Proof.
  intros x h positive d. assert (nonzero : d <> 0) by (apply Rgt_not_eq, sqrt_lt_R0, positive).
  rewrite (slice_along x h d 0 nonzero).
  - field. exact nonzero.
  - unfold d. rewrite pow2_sqrt by lra. ring.
Qed.
End Slice.
