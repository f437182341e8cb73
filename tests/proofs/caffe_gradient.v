(* Caffe's bottom gradient takes the scale out of the inner product. It is the gradient where the scale is the same for
   all channels, and not in general: two channels with the scales 1 and 2 refute it. *)

From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary sums slice denominators layers.
From Proofs.statements Require caffe.
Open Scope R_scope.

(* Caffe's formula for an element is the derived one, if the scale can be taken out of the inner product. *)
Lemma one_scale : forall q eps gamma dy x p, 0 <= q -> 0 < eps ->
  (dy - x * p / (q + eps)) * gamma / sqrt (q + eps) =
  gamma * dy / sqrt (q + eps) - x * (gamma * p) * (1 / sqrt (q + eps) ^ 3).
Proof.
  intros q eps gamma dy x p q_nonneg eps_pos.
  assert (nonzero : sqrt (q + eps) <> 0) by (apply root_neq_0; lra).
  assert (square : q + eps = sqrt (q + eps) ^ 2) by (symmetry; apply pow2_sqrt; lra).
  rewrite square at 1. field. exact nonzero.
Qed.

Lemma out_of_a_row : forall channels gamma (x dy : tensor1),
  total channels (fun c => x c * (gamma * dy c)) = gamma * total channels (fun c => x c * dy c).
Proof. intros. rewrite <- total_scal. apply total_ext. intro c. ring. Qed.

Lemma out_of_a_block : forall channels positions gamma (x dy : tensor2),
  total channels (fun c => total positions (fun s => x c s * (gamma * dy c s))) =
  gamma * total channels (fun c => total positions (fun s => x c s * dy c s)).
Proof. intros. rewrite <- total_scal. apply total_ext. intro c. apply out_of_a_row. Qed.

Module position_shared.
Import caffe.position_shared.
Theorem caffe_dx_proved : caffe_dx_is_the_gradient.
Proof.
  intros samples channels positions x gamma eps dy v eps_pos. open_definitions.
  eapply (position_gradient _ _ _ (fun q => sqrt (q + eps)) _ x (fun n c s => gamma * dy n c s) v).
  - intros. apply smooth_add_inside; [exact eps_pos|nonneg].
  - intros. unfold Rdiv. ring.
  - intros n c s. f_equal.
    rewrite (out_of_a_row channels gamma (fun c => x n c s) (fun c => dy n c s)).
    apply one_scale; [nonneg|exact eps_pos].
Qed.
End position_shared.

Module sample_shared.
Import caffe.sample_shared.
Theorem caffe_dx_proved : caffe_dx_is_the_gradient.
Proof.
  intros samples channels positions x gamma eps dy v eps_pos. open_definitions.
  eapply (sample_gradient _ _ _ (fun q => sqrt (q + eps)) _ x (fun n c s => gamma * dy n c s) v).
  - intros. apply smooth_add_inside; [exact eps_pos|nonneg].
  - intros. unfold Rdiv. ring.
  - intros n c s. f_equal.
    rewrite (out_of_a_block channels positions gamma (x n) (dy n)).
    apply one_scale; [nonneg|exact eps_pos].
Qed.
End sample_shared.

(* Two channels, x = (3, 4), gamma = (1, 2), dy = (1, 0), any eps that is not negative. The second channel alone moves:
   the loss changes by -12 / d^3, and Caffe's formula says -24 / d^3. *)
Lemma root_at_instance : forall q eps, q = 25 + eps -> sqrt q = sqrt (25 + eps).
Proof. intros q eps same. rewrite same. reflexivity. Qed.

Lemma twice_is_not_once : forall eps, 0 <= eps -> - 12 / sqrt (25 + eps) ^ 3 <> - 24 / sqrt (25 + eps) ^ 3.
Proof.
  intros eps eps_nonneg equal. assert (positive : 0 < sqrt (25 + eps) ^ 3) by (apply pow_lt, sqrt_lt_R0; lra).
  apply (Rmult_eq_compat_r (sqrt (25 + eps) ^ 3)) in equal. unfold Rdiv in equal.
  rewrite !Rmult_assoc, Rinv_l in equal; lra.
Qed.

Ltac at_instance eps := rewrite !(root_at_instance _ eps) by ring.

Ltac refute open :=
  let eps := fresh "eps" in let eps_nonneg := fresh "eps_nonneg" in let claim := fresh "claim" in
  let nonzero := fresh "nonzero" in let square := fresh "square" in
  let truth := fresh "truth" in let wrong := fresh "wrong" in
  intros eps eps_nonneg claim;
  specialize (claim (fun sample channel position => match channel with O => 0 | S _ => 1 end));
  open; simpl in claim;
  assert (nonzero : sqrt (25 + eps) <> 0) by (apply root_neq_0; lra);
  assert (square : 25 + eps = sqrt (25 + eps) ^ 2) by (symmetry; apply pow2_sqrt; lra);
  match type of claim with
  | is_derive ?moving 0 ?slope =>
      assert (truth : is_derive moving 0 (- 12 / sqrt (25 + eps) ^ 3));
      [ auto_derive; [at_instance eps; repeat split; first [lra | assumption] | at_instance eps; field; assumption]
      | assert (wrong : slope = - 24 / sqrt (25 + eps) ^ 3) ];
      [ at_instance eps;
        repeat match goal with
        | |- context [_ / (?q + eps)] => replace (q + eps) with (sqrt (25 + eps) ^ 2) by (rewrite <- square; ring)
        end; field; assumption
      | rewrite wrong in claim;
        apply (twice_is_not_once eps eps_nonneg);
        rewrite <- (is_derive_unique _ _ _ truth); apply is_derive_unique; exact claim ]
  end.

(* Equal scales are one scale. *)
Ltac as_one_scale shared_theorem open open_shared :=
  let samples := fresh "samples" in let channels := fresh "channels" in let positions := fresh "positions" in
  let x := fresh "x" in let gamma := fresh "gamma" in let eps := fresh "eps" in let dy := fresh "dy" in
  let v := fresh "v" in let eps_pos := fresh "eps_pos" in let uniform := fresh "uniform" in
  let shared := fresh "shared" in
  intros samples channels positions x gamma eps dy v eps_pos uniform;
  assert (shared := shared_theorem samples channels positions x (gamma O) eps dy v eps_pos);
  revert shared; open; open_shared; intro shared;
  match type of shared with
  | is_derive ?loss 0 ?slope =>
      apply (is_derive_ext loss);
      [ let t := fresh "t" in let c := fresh "c" in let below := fresh "below" in
        intro t; apply total3_ext; intros ? c ? _ below _; rewrite (uniform c below); reflexivity | ];
      match goal with |- is_derive _ _ ?claimed => replace claimed with slope; [exact shared|] end
  end;
  let c := fresh "c" in let below := fresh "below" in
  apply total3_ext; intros ? c ? _ below _; rewrite (uniform c below); reflexivity.

Module position_per_channel.
Import caffe.position_per_channel.
Theorem refuted : caffe_dx_is_not_the_gradient.
Proof. refute open_definitions. Qed.
Theorem uniform_proved : caffe_dx_is_the_gradient_where_gamma_is_uniform.
Proof.
  as_one_scale position_shared.caffe_dx_proved open_definitions caffe.position_shared.open_definitions.
Qed.
End position_per_channel.

Module sample_per_channel.
Import caffe.sample_per_channel.
Theorem refuted : caffe_dx_is_not_the_gradient.
Proof. refute open_definitions. Qed.
Theorem uniform_proved : caffe_dx_is_the_gradient_where_gamma_is_uniform.
Proof.
  as_one_scale sample_shared.caffe_dx_proved open_definitions caffe.sample_shared.open_definitions.
Qed.
End sample_per_channel.
