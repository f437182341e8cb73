(* BatchNorm with the statistics of the batch, its invariants, BatchNorm followed by Scale, RMSNorm, and Scale. *)

From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary sums slice denominators centred layers.
From Proofs.statements Require batch_norm scale.
Open Scope R_scope.

Lemma count_pos : forall first second, (0 < first)%nat -> (0 < second)%nat -> 0 < INR (first * second).
Proof. intros first second first_pos second_pos. apply lt_0_INR. apply Nat.mul_pos_pos; assumption. Qed.

Module batch_norm.
Import batch_norm.batch_norm.
Theorem dx_proved : dx_is_the_gradient.
Proof.
  intros samples channels positions x eps dy v samples_pos positions_pos eps_pos. open_definitions.
  apply (channel_gradient _ _ _ (INR (samples * positions)) eps x dy v _ _ eq_refl
    (count_pos _ _ samples_pos positions_pos) eps_pos); intros; unfold Rdiv; ring.
Qed.

Theorem no_mean_proved : no_mean.
Proof.
  intros samples channels positions x eps dy samples_pos positions_pos eps_pos c _. open_definitions.
  exact (centred_no_mean (block samples positions) (block_sums samples positions) (INR (samples * positions))
    (block_one samples positions) (count_pos _ _ samples_pos positions_pos) eps
    (fun i => x (fst i) c (snd i)) (fun i => dy (fst i) c (snd i)) eps_pos).
Qed.

Theorem along_xhat_proved : along_xhat.
Proof.
  intros samples channels positions x eps dy samples_pos positions_pos eps_pos c _. open_definitions.
  exact (centred_along (block samples positions) (block_sums samples positions) (INR (samples * positions))
    (block_one samples positions) (count_pos _ _ samples_pos positions_pos) eps
    (fun i => x (fst i) c (snd i)) (fun i => dy (fst i) c (snd i)) eps_pos).
Qed.
End batch_norm.

Module batch_norm_scale.
Import batch_norm.batch_norm_scale.
Theorem dx_proved : dx_is_the_gradient.
Proof.
  intros samples channels positions x eps gamma beta dy v samples_pos positions_pos eps_pos. open_definitions.
  (* beta adds a number that does not depend on x. *)
  apply (constant_added samples channels positions _ (fun n c s => dy n c s * beta c)).
  apply (channel_gradient_commuted _ _ _ (INR (samples * positions)) eps x (fun n c s => gamma c * dy n c s) v _ _
    eq_refl (count_pos _ _ samples_pos positions_pos) eps_pos); intros; unfold Rdiv; ring.
Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem dbeta_proved : dbeta_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End batch_norm_scale.

Module rms_norm.
Import batch_norm.rms_norm.
Theorem dx_proved : dx_is_the_gradient.
Proof.
  intros samples channels positions x eps dy v channels_pos eps_pos. open_definitions.
  assert (count : 0 < INR channels) by (apply lt_0_INR; assumption).
  eapply (position_gradient _ _ _ (fun q => sqrt (q / INR channels + eps)) _ x dy v).
  - intros. apply smooth_deviation; first [assumption | nonneg].
  - intros. unfold Rdiv. ring.
  - intros. unfold Rdiv. ring.
Qed.
End rms_norm.

Module scale.
Import scale.scale.
Theorem dx_proved : dx_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem dbeta_proved : dbeta_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End scale.
