(* The words of the statements: all that they use besides Coq's real numbers, sqrt, and Coquelicot's is_derive.

   A tensor is a function from indices to real numbers. An axis of size n has the indices 0, ..., n - 1. What a tensor
   is at other indices never matters, because every sum stops at the size of its axis. *)

From Coq Require Import Reals.
Open Scope R_scope.

Notation tensor1 := (nat -> R).
Notation tensor2 := (nat -> nat -> R).
Notation tensor3 := (nat -> nat -> nat -> R).

(* f 0 + f 1 + ... + f (size - 1), which is 0 for size 0. *)
Fixpoint total (size : nat) (f : nat -> R) : R :=
  match size with
  | O => 0
  | S smaller => total smaller f + f smaller
  end.

(* The clamp of a denominator: the larger of the two. *)
Definition at_least (q e : R) : R := Rmax q e.

(* 1 where q >= e, else 0: the slope of the clamp, with the unclamped branch at the tie. *)
Definition active (q e : R) : R := if Rle_dec e q then 1 else 0.

(* 1 / n for n > 0, else 0. It is used for norms, so "else" means at 0. *)
Definition reciprocal (n : R) : R := if Rlt_dec 0 n then / n else 0.
