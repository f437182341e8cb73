(* One slice of BatchNorm: the mean is taken off before the division.

   Along a direction v the centred numbers u = x - mean x move along v - mean v, so the theorem of a slice applies to
   them; taking the mean off is symmetric, so it can be moved from v to the gradient, where it gives the middle term. *)

From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary sums slice denominators.
Open Scope R_scope.

Section Centred.
Context {I : Type} (sigma : (I -> R) -> R) (laws : Summation sigma).
Variable m : R.
Hypothesis count : sigma (fun _ => 1) = m.
Hypothesis m_pos : 0 < m.
Implicit Types x h v : I -> R.

Definition mean x := sigma x / m.
Definition centred x i := x i - mean x.

Lemma sigma_const : forall a, sigma (fun _ => a) = a * m.
Proof.
  intro a. rewrite <- count, <- (sigma_scal laws). apply (sigma_ext laws). intro i. ring.
Qed.

Lemma mean_affine : forall x v t, mean (fun i => x i + t * v i) = mean x + t * mean v.
Proof. intros x v t. unfold mean. rewrite (sigma_plus laws), (sigma_scal laws). field. lra. Qed.

Lemma centred_sum : forall x, sigma (centred x) = 0.
Proof. intro x. unfold centred. rewrite (sigma_minus sigma laws), sigma_const. unfold mean. field. lra. Qed.

Section Gradient.
Variables (eps : R) (x h v : I -> R).
Hypothesis eps_pos : 0 < eps.
Let u := centred x.
Let d := sqrt (squares sigma u / m + eps).
Let p := sigma (fun i => h i * u i).
Let dx i := h i / d - sigma h / (m * d) - u i * p / (m * d ^ 3).

Lemma radicand_pos : 0 < squares sigma u / m + eps.
Proof.
  assert (0 <= squares sigma u / m) by (apply Rle_mult_inv_pos; [apply squares_nonneg; exact laws|exact m_pos]). lra.
Qed.

Lemma d_neq_0 : d <> 0.
Proof. apply root_neq_0, radicand_pos. Qed.

Lemma u_sum : sigma u = 0.
Proof. apply centred_sum. Qed.

Lemma d_squared : squares sigma u = m * (d ^ 2 - eps).
Proof.
  unfold d. rewrite pow2_sqrt by (left; exact radicand_pos). field. lra.
Qed.

Theorem centred_derive :
  is_derive
    (fun t => sigma (fun i => h i * (centred (fun j => x j + t * v j) i
      / sqrt (squares sigma (centred (fun j => x j + t * v j)) / m + eps)))) 0
    (sigma (fun i => dx i * v i)).
Proof.
  assert (nonzero := d_neq_0).
  destruct (smooth_deviation m eps (squares sigma u) m_pos eps_pos (squares_nonneg sigma laws u))
    as (slope & derivative & _ & is_k).
  set (w := centred v).
  assert (moved : forall t i, centred (fun j => x j + t * v j) i = u i + t * w i).
  { intros t i. unfold u, w, centred. rewrite mean_affine. ring. }
  apply (is_derive_ext (fun t => sigma (fun i => h i * ((u i + t * w i)
    / sqrt (squares sigma (fun j => u j + t * w j) / m + eps))))).
  { intro t. apply (sigma_ext laws). intro i. rewrite moved.
    replace (squares sigma (centred (fun j => x j + t * v j))) with (squares sigma (fun j => u j + t * w j));
      [reflexivity|].
    apply (sigma_ext laws). intro j. rewrite moved. reflexivity. }
  replace (sigma (fun i => dx i * v i))
    with (sigma (fun i => (h i / d - u i * sigma (fun j => u j * h j) * (2 * slope / d ^ 2)) * w i)).
  { exact (slice_derive sigma laws (fun q => sqrt (q / m + eps)) slope u h w derivative nonzero). }
  fold d in is_k. rewrite is_k.
  replace (sigma (fun j => u j * h j)) with p by (apply (sigma_ext laws); intro i; ring).
  (* With a = h / d - u p / (m d^3): the sum of a (v - mean v) is that of (a - mean a) v. *)
  rewrite (sigma_ext laws _ (fun i => (h i / d - u i * p / (m * d ^ 3)) * v i
    - mean v * (/ d * h i - p / (m * d ^ 3) * u i))) by (intro i; unfold w, centred; field; split; lra).
  rewrite (sigma_ext laws (fun i => dx i * v i) (fun i => (h i / d - u i * p / (m * d ^ 3)) * v i
    - sigma h / (m * d) * v i)) by (intro i; unfold dx; ring).
  rewrite !(sigma_minus sigma laws), !(sigma_scal laws), (sigma_minus sigma laws), !(sigma_scal laws).
  change (sigma (fun i => u i)) with (sigma u). rewrite u_sum. change (sigma (fun i => h i)) with (sigma h).
  change (sigma (fun i => v i)) with (sigma v). unfold mean. field. split; lra.
Qed.

(* The gradient has no mean. *)
Theorem centred_no_mean : sigma dx = 0.
Proof.
  assert (nonzero := d_neq_0).
  rewrite (sigma_ext laws dx (fun i => (/ d * h i - p / (m * d ^ 3) * u i) - sigma h / (m * d)))
    by (intro i; unfold dx; field; split; lra).
  rewrite !(sigma_minus sigma laws), !(sigma_scal laws), sigma_const.
  change (sigma (fun i => u i)) with (sigma u). rewrite u_sum.
  change (sigma (fun i => h i)) with (sigma h). field. split; lra.
Qed.

(* The part of the gradient along xhat is small. *)
Theorem centred_along :
  sigma (fun i => u i / d * dx i) = eps * sigma (fun i => h i * (u i / d)) / d ^ 3.
Proof.
  assert (nonzero := d_neq_0).
  rewrite (sigma_ext laws _
    (fun i => (/ d ^ 2 * (h i * u i) - p / (m * d ^ 4) * u i ^ 2) - sigma h / (m * d ^ 2) * u i))
    by (intro i; unfold dx; field; split; lra).
  rewrite !(sigma_minus sigma laws), !(sigma_scal laws). fold (squares sigma u). rewrite d_squared.
  change (sigma (fun i => u i)) with (sigma u). rewrite u_sum. fold p.
  rewrite (sigma_ext laws (fun i => h i * (u i / d)) (fun i => / d * (h i * u i))) by (intro i; field; lra).
  rewrite (sigma_scal laws). fold p. field. split; lra.
Qed.
End Gradient.
End Centred.
