(* Finite sums, over one axis or over two: what the proofs use of them.

   A slice is what one norm is taken of: a row of channels, or channels times positions. The calculus is the same for
   both, so it is done once, for any way of summing that has the five properties of `Summation`. *)

From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary.
Open Scope R_scope.

Lemma total_ext_below : forall size f g,
  (forall i, (i < size)%nat -> f i = g i) -> total size f = total size g.
Proof.
  induction size as [|size IH]; intros f g same; simpl; [reflexivity|].
  rewrite (IH f g), (same size); [reflexivity|lia|intros i below; apply same; lia].
Qed.

Lemma total_ext : forall size f g, (forall i, f i = g i) -> total size f = total size g.
Proof. intros. apply total_ext_below. auto. Qed.

Lemma total_plus : forall size f g, total size (fun i => f i + g i) = total size f + total size g.
Proof. induction size as [|size IH]; intros; simpl; [ring|rewrite IH; ring]. Qed.

Lemma total_scal : forall size a f, total size (fun i => a * f i) = a * total size f.
Proof. induction size as [|size IH]; intros; simpl; [ring|rewrite IH; ring]. Qed.

Lemma total_scal_right : forall size a f, total size (fun i => f i * a) = total size f * a.
Proof. induction size as [|size IH]; intros; simpl; [ring|rewrite IH; ring]. Qed.

Lemma total_zero : forall size, total size (fun _ => 0) = 0.
Proof. induction size as [|size IH]; simpl; [reflexivity|rewrite IH; ring]. Qed.

Lemma total_nonneg : forall size f, (forall i, 0 <= f i) -> 0 <= total size f.
Proof.
  induction size as [|size IH]; intros f positive; simpl; [lra|].
  specialize (IH f positive). specialize (positive size). lra.
Qed.

(* The number of the elements, as a sum. *)
Lemma total_one : forall size, total size (fun _ => 1) = INR size.
Proof. induction size as [|size IH]; [reflexivity|]. rewrite S_INR. simpl. rewrite IH. reflexivity. Qed.

Lemma total_swap : forall m k f,
  total m (fun i => total k (fun j => f i j)) = total k (fun j => total m (fun i => f i j)).
Proof.
  induction m as [|m IH]; intros k f; simpl.
  - symmetry. apply total_zero.
  - rewrite IH, <- total_plus. reflexivity.
Qed.

(* The derivative of a sum is the sum of the derivatives; only the terms that are summed need one. *)
Lemma total_derive_below : forall size (f : R -> nat -> R) (slope : nat -> R) t,
  (forall i, (i < size)%nat -> is_derive (fun u => f u i) t (slope i)) ->
  is_derive (fun u => total size (f u)) t (total size slope).
Proof.
  induction size as [|size IH]; intros f slope t each; simpl.
  - apply (@is_derive_const R_AbsRing R_NormedModule).
  - apply (is_derive_plus (fun u => total size (f u)) (fun u => f u size)).
    + apply IH. intros i below. apply each. lia.
    + apply each. lia.
Qed.

(* A way of summing over the indices of a slice. *)
Record Summation {I : Type} (sigma : (I -> R) -> R) : Prop := {
  sigma_ext : forall f g, (forall i, f i = g i) -> sigma f = sigma g;
  sigma_plus : forall f g, sigma (fun i => f i + g i) = sigma f + sigma g;
  sigma_scal : forall a f, sigma (fun i => a * f i) = a * sigma f;
  sigma_nonneg : forall f, (forall i, 0 <= f i) -> 0 <= sigma f;
  sigma_derive : forall (f : R -> I -> R) (slope : I -> R) t,
    (forall i, is_derive (fun u => f u i) t (slope i)) -> is_derive (fun u => sigma (f u)) t (sigma slope)
}.
Arguments sigma_ext {I sigma}.
Arguments sigma_plus {I sigma}.
Arguments sigma_scal {I sigma}.
Arguments sigma_nonneg {I sigma}.
Arguments sigma_derive {I sigma}.

(* Over one axis. *)
Definition row (size : nat) (f : nat -> R) : R := total size f.

(* Over two axes; an index is a pair. *)
Definition block (first second : nat) (f : nat * nat -> R) : R :=
  total first (fun i => total second (fun j => f (i, j))).

Lemma row_sums : forall size, Summation (row size).
Proof.
  intro size. unfold row. split; intros.
  - apply total_ext. assumption.
  - apply total_plus.
  - apply total_scal.
  - apply total_nonneg. assumption.
  - apply total_derive_below. auto.
Qed.

Lemma block_sums : forall first second, Summation (block first second).
Proof.
  intros first second. unfold block. split; intros.
  - apply total_ext. intro i. apply total_ext. auto.
  - rewrite <- total_plus. apply total_ext. intro i. apply total_plus.
  - rewrite <- total_scal. apply total_ext. intro i. apply total_scal.
  - apply total_nonneg. intro i. apply total_nonneg. auto.
  - apply (total_derive_below first (fun u i => total second (fun j => f u (i, j)))).
    intros i _. apply (total_derive_below second (fun u j => f u (i, j))). auto.
Qed.

Lemma block_one : forall first second, block first second (fun _ => 1) = INR (first * second).
Proof.
  intros first second. unfold block. rewrite (total_ext first _ (fun _ => INR second * 1)).
  - rewrite total_scal, total_one, mult_INR. ring.
  - intro i. rewrite total_one. ring.
Qed.
