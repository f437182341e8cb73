(* The gradients of L2Norm: five denominators, one norm for each position or sample, a scale for each channel, one for
   all, or none. The statements are emitted; each is proved by naming the denominator and its lemma. *)

From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary sums slice denominators layers.
From Proofs.statements Require l2norm_add_inside l2norm_add_outside l2norm_clamp_norm l2norm_clamp_sum l2norm_none.
Open Scope R_scope.

(* The quantifiers of every statement come in the same order; what differs is the scale. *)
Ltac of_every_slice den smooth_den open :=
  let samples := fresh "samples" in let channels := fresh "channels" in let positions := fresh "positions" in
  let x := fresh "x" in let gamma := fresh "gamma" in let eps := fresh "eps" in let dy := fresh "dy" in
  let v := fresh "v" in
  intros samples channels positions x;
  first
    [ intros gamma eps dy v; intros; open; let chosen := eval cbv beta in (den eps) in
      by_slices chosen x (fun n c s => gamma c * dy n c s) v smooth_den
    | intros gamma eps dy v; intros; open; let chosen := eval cbv beta in (den eps) in
      by_slices chosen x (fun n c s => gamma * dy n c s) v smooth_den
    | intros eps dy v; intros; open; let chosen := eval cbv beta in (den eps) in
      by_slices chosen x dy v smooth_den ].

(* The invariants, in the slice that the last quantifiers name. The radicand of add_inside is positive in two cases:
   where eps is, and where the sum of squares is. *)
Ltac above_0 := first [ assumption | apply Rplus_le_lt_0_compat; [nonneg | assumption] ].

Ltac along open :=
  let samples := fresh "samples" in let channels := fresh "channels" in let positions := fresh "positions" in
  let x := fresh "x" in let gamma := fresh "gamma" in let eps := fresh "eps" in let dy := fresh "dy" in
  let n := fresh "n" in let s := fresh "s" in let eps_pos := fresh "eps_pos" in
  intros samples channels positions x;
  first
    [ intros gamma eps dy eps_pos n s _ _; open;
      apply (along_row channels (fun c => x n c s) (fun c => gamma c * dy n c s) eps); above_0
    | intros gamma eps dy eps_pos n s _ _; open;
      apply (along_row channels (fun c => x n c s) (fun c => gamma * dy n c s) eps); above_0
    | intros eps dy eps_pos n s _ _; open;
      apply (along_row channels (fun c => x n c s) (fun c => dy n c s) eps); above_0
    | intros gamma eps dy eps_pos n _; open;
      apply (along_block channels positions (x n) (fun c s => gamma c * dy n c s) eps); above_0
    | intros gamma eps dy eps_pos n _; open;
      apply (along_block channels positions (x n) (fun c s => gamma * dy n c s) eps); above_0
    | intros eps dy eps_pos n _; open; apply (along_block channels positions (x n) (dy n) eps); above_0 ].

Ltac with_eps_0 theorem no_eps :=
  refine (eq_trans (theorem _) _); [rewrite no_eps, Rplus_0_r; assumption | rewrite no_eps; unfold Rdiv; ring].
Ltac by_rows channels x h eps no_eps := with_eps_0 (along_row channels x h eps) no_eps.
Ltac by_blocks channels positions x h eps no_eps := with_eps_0 (along_block channels positions x h eps) no_eps.

(* add_inside at eps = 0: what is along x is 0 * p / d^3. *)
Ltac along_without_eps open :=
  let samples := fresh "samples" in let channels := fresh "channels" in let positions := fresh "positions" in
  let x := fresh "x" in let gamma := fresh "gamma" in let eps := fresh "eps" in let dy := fresh "dy" in
  let n := fresh "n" in let s := fresh "s" in let no_eps := fresh "no_eps" in let nonzero := fresh "nonzero" in
  let n_in := fresh "n_in" in let s_in := fresh "s_in" in
  intros samples channels positions x;
  first
    [ intros gamma eps dy no_eps nonzero n s n_in s_in; specialize (nonzero n s n_in s_in); open;
      by_rows channels (fun c => x n c s) (fun c => gamma c * dy n c s) eps no_eps
    | intros gamma eps dy no_eps nonzero n s n_in s_in; specialize (nonzero n s n_in s_in); open;
      by_rows channels (fun c => x n c s) (fun c => gamma * dy n c s) eps no_eps
    | intros eps dy no_eps nonzero n s n_in s_in; specialize (nonzero n s n_in s_in); open;
      by_rows channels (fun c => x n c s) (fun c => dy n c s) eps no_eps
    | intros gamma eps dy no_eps nonzero n n_in; specialize (nonzero n n_in); open;
      by_blocks channels positions (x n) (fun c s => gamma c * dy n c s) eps no_eps
    | intros gamma eps dy no_eps nonzero n n_in; specialize (nonzero n n_in); open;
      by_blocks channels positions (x n) (fun c s => gamma * dy n c s) eps no_eps
    | intros eps dy no_eps nonzero n n_in; specialize (nonzero n n_in); open;
      by_blocks channels positions (x n) (dy n) eps no_eps ].

Ltac orthogonal open :=
  let samples := fresh "samples" in let channels := fresh "channels" in let positions := fresh "positions" in
  let x := fresh "x" in let gamma := fresh "gamma" in let eps := fresh "eps" in let dy := fresh "dy" in
  let n := fresh "n" in let s := fresh "s" in let nonzero := fresh "nonzero" in
  let n_in := fresh "n_in" in let s_in := fresh "s_in" in
  intros samples channels positions x;
  first
    [ intros gamma eps dy nonzero n s n_in s_in; open;
      exact (orthogonal_row channels (fun c => x n c s) (fun c => gamma c * dy n c s) (nonzero n s n_in s_in))
    | intros gamma eps dy nonzero n s n_in s_in; open;
      exact (orthogonal_row channels (fun c => x n c s) (fun c => gamma * dy n c s) (nonzero n s n_in s_in))
    | intros eps dy nonzero n s n_in s_in; open;
      exact (orthogonal_row channels (fun c => x n c s) (fun c => dy n c s) (nonzero n s n_in s_in))
    | intros gamma eps dy nonzero n n_in; open;
      exact (orthogonal_block channels positions (x n) (fun c s => gamma c * dy n c s) (nonzero n n_in))
    | intros gamma eps dy nonzero n n_in; open;
      exact (orthogonal_block channels positions (x n) (fun c s => gamma * dy n c s) (nonzero n n_in))
    | intros eps dy nonzero n n_in; open; exact (orthogonal_block channels positions (x n) (dy n) (nonzero n n_in)) ].

Module add_inside.
Ltac gradient open := of_every_slice (fun eps q => sqrt (q + eps)) smooth_add_inside open.

Module position_per_channel.
Import l2norm_add_inside.position_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem along_x_proved : along_x.
Proof. along open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. along_without_eps open_definitions. Qed.
End position_per_channel.

Module position_shared.
Import l2norm_add_inside.position_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem along_x_proved : along_x.
Proof. along open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. along_without_eps open_definitions. Qed.
End position_shared.

Module position_unscaled.
Import l2norm_add_inside.position_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem along_x_proved : along_x.
Proof. along open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. along_without_eps open_definitions. Qed.
End position_unscaled.

Module sample_per_channel.
Import l2norm_add_inside.sample_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem along_x_proved : along_x.
Proof. along open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. along_without_eps open_definitions. Qed.
End sample_per_channel.

Module sample_shared.
Import l2norm_add_inside.sample_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem along_x_proved : along_x.
Proof. along open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. along_without_eps open_definitions. Qed.
End sample_shared.

Module sample_unscaled.
Import l2norm_add_inside.sample_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem along_x_proved : along_x.
Proof. along open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. along_without_eps open_definitions. Qed.
End sample_unscaled.

End add_inside.

Module add_outside.
Ltac gradient open := of_every_slice (fun eps q => sqrt q + eps) smooth_add_outside open.

Module position_per_channel.
Import l2norm_add_outside.position_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End position_per_channel.

Module position_shared.
Import l2norm_add_outside.position_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End position_shared.

Module position_unscaled.
Import l2norm_add_outside.position_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
End position_unscaled.

Module sample_per_channel.
Import l2norm_add_outside.sample_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End sample_per_channel.

Module sample_shared.
Import l2norm_add_outside.sample_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End sample_shared.

Module sample_unscaled.
Import l2norm_add_outside.sample_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
End sample_unscaled.

End add_outside.

Module clamp_norm.
Ltac gradient open := of_every_slice (fun eps q => at_least (sqrt q) eps) smooth_clamp_norm open.

Module position_per_channel.
Import l2norm_clamp_norm.position_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End position_per_channel.

Module position_shared.
Import l2norm_clamp_norm.position_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End position_shared.

Module position_unscaled.
Import l2norm_clamp_norm.position_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
End position_unscaled.

Module sample_per_channel.
Import l2norm_clamp_norm.sample_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End sample_per_channel.

Module sample_shared.
Import l2norm_clamp_norm.sample_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End sample_shared.

Module sample_unscaled.
Import l2norm_clamp_norm.sample_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
End sample_unscaled.

End clamp_norm.

Module clamp_sum.
Ltac gradient open := of_every_slice (fun eps q => sqrt (at_least q eps)) smooth_clamp_sum open.

Module position_per_channel.
Import l2norm_clamp_sum.position_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End position_per_channel.

Module position_shared.
Import l2norm_clamp_sum.position_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End position_shared.

Module position_unscaled.
Import l2norm_clamp_sum.position_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
End position_unscaled.

Module sample_per_channel.
Import l2norm_clamp_sum.sample_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End sample_per_channel.

Module sample_shared.
Import l2norm_clamp_sum.sample_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
End sample_shared.

Module sample_unscaled.
Import l2norm_clamp_sum.sample_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
End sample_unscaled.

End clamp_sum.

Module none.
Ltac gradient open := of_every_slice (fun (_ : R) q => sqrt q) smooth_none open.

Module position_per_channel.
Import l2norm_none.position_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. orthogonal open_definitions. Qed.
End position_per_channel.

Module position_shared.
Import l2norm_none.position_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. orthogonal open_definitions. Qed.
End position_shared.

Module position_unscaled.
Import l2norm_none.position_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. orthogonal open_definitions. Qed.
End position_unscaled.

Module sample_per_channel.
Import l2norm_none.sample_per_channel.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. orthogonal open_definitions. Qed.
End sample_per_channel.

Module sample_shared.
Import l2norm_none.sample_shared.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem dgamma_proved : dgamma_is_the_gradient.
Proof. red. intros. open_definitions. by_linearity. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. orthogonal open_definitions. Qed.
End sample_shared.

Module sample_unscaled.
Import l2norm_none.sample_unscaled.
Theorem dx_proved : dx_is_the_gradient.
Proof. gradient open_definitions. Qed.
Theorem orthogonal_to_x_proved : orthogonal_to_x.
Proof. orthogonal open_definitions. Qed.
End sample_unscaled.

End none.
