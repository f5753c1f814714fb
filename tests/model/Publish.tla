------------------------------- MODULE Publish -------------------------------
(* How one interval of a job's two outputs is published: docs/publishing.md, step 5, as steps that other   *)
(* processes may come between. Any of them may be paused before any step and wake up later (a zombie), or   *)
(* die and be run again; a store may apply a commit and lose its reply. test_publish_model.py has it        *)
(* checked, and checked to fail with each guard switched off. docs/promises.md says what it means.          *)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Writers,            \* runs side by side
  Tries, Starts,      \* how often each is begun (again after its death or its end), and all together
  (* Guards of the code: each TRUE, but for one that a test switches off. *)
  LookFirst,          \* the generations are looked at before the inputs are pinned
  CompareGeneration,  \* before a commit the generation must be the planned one
  StrictCommit,       \* a commit fails when the table has moved since its handle was opened
  ReadBack,           \* whether a commit came to be is read, not concluded from its reply
  OwnStage,           \* "ours" is told by the stage id, not by an equal fingerprint
  CheckStage,         \* the staged files must be there, and young
  Fate,               \* publish and clean compete for one object of the stage
  LoserStops,         \* who lost the first output leaves the second alone
  SameInAll,          \* a loser is `unchanged` only if every output is what it would have made
  LookAtOthers,       \* before a commit the job's other outputs must not have moved
  CarrierLooks,       \* ... also the first one, of a run that carries the second forward
  Intent,             \* what is behind is carried forward from its own attempt, or all made anew
  LookAtFate,         \* clean takes a stage whose fate publish has only if that was long ago
  LookOnceMore,       \* clean looks at what is live again after it has taken the fates
  (* Assumptions about the world, which no guard can replace. *)
  AtomicPut,          \* put-if-absent and the commit are decided by the store, for one of two
  Awake,              \* nobody stands still between his fate and his commit until clean's time has come
  AtOnce              \* nobody comes between the look at the other outputs and the commit

VARIABLES
  input,     \* the newest version of the input: 1, and 2 once new data has come
  gens,      \* of each output: its generations [stage, fp, replaces], by number
  live,      \* of each output: the stages whose files readers see
  files,     \* <<output, stage>> whose files are there
  old,       \* stages past the age from which publish refuses them and clean may take them
  fate,      \* of <<output, stage>>: none, publish, late (publish, taken when it was old), clean
  intents,   \* what attempts were about to publish: [stage, fp, seen]
  run,       \* of each writer: where it is, and what it knows
  clean,     \* where `clean` is, and the stage it is at
  together   \* fingerprints that all outputs had at one time (looked at by an invariant only)

vars == <<input, gens, live, files, old, fate, intents, run, clean, together>>
store == <<gens, live, files, old, fate, intents, together>>

Outputs == {1, 2}
Stages == Writers \X (1..Tries)
Nobody == <<0, 0>>
Fp(o, n) == IF n = 0 THEN 0 ELSE gens[o][n].fp   \* a fingerprint is the version of the input that was pinned
Now(o) == Fp(o, Len(gens[o]))
Fresh == [pc |-> "idle", seen |-> <<0, 0>>, fp |-> 0, id |-> Nobody, out |-> 1, handle |-> 0, there |-> {},
          carries |-> FALSE, lost |-> {}, result |-> "none"]
Quiet == [pc |-> "idle", o |-> 1, s |-> Nobody]

Init ==
  /\ input = 1 /\ gens = <<<<>>, <<>>>> /\ live = <<{}, {}>> /\ files = {} /\ old = {} /\ intents = {}
  /\ fate = [each \in Outputs \X Stages |-> "none"] /\ together = {}
  /\ run = [w \in Writers |-> [try |-> 0] @@ Fresh] /\ clean = Quiet

Go(w, new) == run' = [run EXCEPT ![w] = new @@ @]
At(w, pc) == run[w].pc = pc
End(w, result) == Go(w, [pc |-> "end", result |-> result])

(* ---------------------------------------- the run: plan and stage --------------------------------------- *)

MayStart(w) == run[w].try < Tries /\ Cardinality({s \in Stages : s[2] <= run[s[1]].try}) < Starts

Start(w) ==  \* a scheduler starts it, or starts it again
  /\ run[w].pc \in {"idle", "end"} /\ MayStart(w)
  /\ run' = [run EXCEPT ![w] = [pc |-> IF LookFirst THEN "look" ELSE "pin", try |-> @.try + 1] @@ Fresh]
  /\ UNCHANGED <<input, clean, store>>

Look(w) ==  \* tables.published: the generation of each output, one after the other
  /\ At(w, "look")
  /\ LET o == run[w].out  seen == [run[w].seen EXCEPT ![o] = Len(gens[o])]
     IN Go(w, IF o = 1 THEN [seen |-> seen, out |-> 2]
              ELSE [seen |-> seen, out |-> 1, pc |-> IF LookFirst THEN "pin" ELSE "plan"])
  /\ UNCHANGED <<input, clean, store>>

Pin(w) ==  \* tables.published: and then the inputs
  /\ At(w, "pin")
  /\ Go(w, [fp |-> input, pc |-> IF LookFirst THEN "plan" ELSE "look"])
  /\ UNCHANGED <<input, clean, store>>

Plan(w) ==  \* plan.build, run.carry.find_half_published, stage, audit, publish.intent.write_intent
  /\ At(w, "plan")
  /\ LET me == run[w]
         current(o) == Fp(o, me.seen[o]) = me.fp
         begun == gens[1][me.seen[1]].stage
         left == [stage |-> begun, fp |-> me.fp, seen |-> <<me.seen[1] - 1, me.seen[2]>>]
         ours == <<w, me.try>>
     IN CASE current(1) /\ current(2) -> End(w, "unchanged") /\ UNCHANGED <<files, intents>>
          [] current(1) /\ ~current(2) /\ Intent /\ left \in intents ->
               /\ Go(w, [pc |-> "others", id |-> begun, out |-> 2, carries |-> TRUE])
               /\ UNCHANGED <<files, intents>>
          [] OTHER ->
               /\ Go(w, [pc |-> "others", id |-> ours, out |-> IF current(1) /\ ~Intent THEN 2 ELSE 1])
               /\ files' = files \union {<<o, ours>> : o \in Outputs}
               /\ intents' = intents \union {[stage |-> ours, fp |-> me.fp, seen |-> me.seen]}
  /\ UNCHANGED <<input, clean, gens, live, old, fate, together>>

(* --------------------------- the run: publish, first output 1 and then output 2 -------------------------- *)

MovedApart(w) ==  \* run.publishing._moved_apart; one that holds what we would make is no obstacle
  LET me == run[w]
      moved(o) == Now(o) # me.fp /\ (o < me.out \/ Len(gens[o]) # me.seen[o])
  IN LookAtOthers /\ (me.carries => CarrierLooks) /\ \E o \in Outputs \ {me.out} : moved(o)

LookAtOtherOutputs(w) ==  \* run.publishing.publish_outputs, before each output
  /\ At(w, "others")
  /\ IF ~AtOnce /\ MovedApart(w) THEN End(w, "retry") ELSE Go(w, [pc |-> "check"])
  /\ UNCHANGED <<input, clean, store>>

CheckTheStage(w) ==  \* publish.stagecheck.check_stage; StageLostError
  /\ At(w, "check")
  /\ IF CheckStage /\ (<<run[w].out, run[w].id>> \notin files \/ run[w].id \in old)
     THEN End(w, "retry") ELSE Go(w, [pc |-> "fate"])
  /\ UNCHANGED <<input, clean, store>>

TakeFate(w) ==  \* publish.fate.take_fate; again is no error
  /\ At(w, "fate")
  /\ LET place == <<run[w].out, run[w].id>>
     IN IF ~Fate THEN Go(w, [pc |-> "compare"]) /\ UNCHANGED fate
        ELSE IF fate[place] = "clean" /\ AtomicPut THEN End(w, "retry") /\ UNCHANGED fate
        ELSE /\ Go(w, [pc |-> "compare"])
             /\ fate' = [fate EXCEPT ![place] =
                  IF @ = "publish" \/ run[w].id \notin old THEN "publish" ELSE "late"]
  /\ UNCHANGED <<input, clean, gens, live, files, old, intents, together>>

Won(w) == IF run[w].out = 1 THEN Go(w, [pc |-> "others", out |-> 2]) ELSE End(w, "published")

Lost(w) ==  \* run.publishing._published_whole; the receipt is `unchanged` or `retry`
  LET me == run[w]
      same == IF SameInAll THEN \A o \in me.out..2 : Now(o) = me.fp ELSE Now(me.out) = me.fp
      lost == me.lost \union {me.out}
  IN IF me.out = 1 /\ ~LoserStops THEN Go(w, [pc |-> "others", out |-> 2, lost |-> lost])
     ELSE Go(w, [pc |-> "end", lost |-> lost, result |-> IF same THEN "unchanged" ELSE "retry"])

Decide(w) ==  \* publish.delta.publication._outcome, publish.parquet.publication._outcome
  LET me == run[w]  n == Len(gens[me.out])
      ours == n = me.seen[me.out] + 1 /\ Now(me.out) = me.fp /\ (OwnStage => gens[me.out][n].stage = me.id)
  IN IF ours THEN Won(w) ELSE Lost(w)

Compare(w) ==  \* publication._open, ._compare: on a fresh handle
  /\ At(w, "compare")
  /\ LET o == run[w].out
     IN IF CompareGeneration /\ Len(gens[o]) # run[w].seen[o] THEN Decide(w)
        ELSE Go(w, [pc |-> "commit", handle |-> Len(gens[o]), there |-> live[o]])
  /\ UNCHANGED <<input, clean, store>>

Apply(w) ==  \* what the store does with publish.delta.commit.commit, or with a put of the next pointer
  LET me == run[w]  o == me.out
  IN /\ gens' = [gens EXCEPT ![o] = Append(@, [stage |-> me.id, fp |-> me.fp, replaces |-> me.seen[o]])]
     /\ live' = [live EXCEPT ![o] = (@ \ me.there) \union {me.id}]
     /\ together' = together \union (IF Now(3 - o) = me.fp THEN {me.fp} ELSE {})

Commit(w) ==
  /\ At(w, "commit")
  /\ LET me == run[w]  moved == Len(gens[me.out]) # me.handle
     IN \/ /\ ~(moved /\ StrictCommit /\ AtomicPut) /\ ~(AtOnce /\ MovedApart(w))
           /\ Apply(w)
           /\ IF ReadBack THEN Go(w, [pc |-> "readback", handle |-> 0, there |-> {}])
              ELSE Won(w) \/ Lost(w)  \* the reply came, or was lost and was believed to be a refusal
        \/ /\ AtOnce /\ MovedApart(w)
           /\ End(w, "retry") /\ UNCHANGED <<gens, live, together>>
        \/ Go(w, [pc |-> "compare", handle |-> 0, there |-> {}])  \* it was refused, or did not arrive
           /\ UNCHANGED <<gens, live, together>>
  /\ UNCHANGED <<input, clean, files, old, fate, intents>>

LookBack(w) ==  \* publication.attempt, the second ._compare; parquet: Publication.run
  /\ At(w, "readback")
  /\ IF Len(gens[run[w].out]) = run[w].seen[run[w].out] THEN Go(w, [pc |-> "compare"]) ELSE Decide(w)
  /\ UNCHANGED <<input, clean, store>>

(* ------------------------------------------- clean, and the world --------------------------------------- *)

Clean ==  \* one stage of one table; killed and begun again at any moment
  \/ /\ clean.pc = "idle"  \* publish.clean.look, publish.garbage.find_garbage
     /\ \E o \in Outputs, s \in old :
          <<o, s>> \in files /\ s \notin live[o] /\ clean' = [pc |-> "take", o |-> o, s |-> s]
     /\ UNCHANGED <<files, fate>>
  \/ /\ clean.pc = "take"  \* publish.clean._take
     /\ LET place == <<clean.o, clean.s>>  young == LookAtFate /\ fate[place] = "late"
        IN /\ clean' = IF young THEN Quiet ELSE [clean EXCEPT !.pc = "again"]
           /\ fate' = [fate EXCEPT ![place] = IF @ = "none" THEN "clean" ELSE @]
     /\ UNCHANGED files
  \/ /\ clean.pc = "again"  \* publish.clean.remove: what is kept now?
     /\ clean' = IF LookOnceMore /\ clean.s \in live[clean.o] THEN Quiet ELSE [clean EXCEPT !.pc = "remove"]
     /\ UNCHANGED <<files, fate>>
  \/ /\ clean.pc = "remove"  \* publish.clean.remove_objects
     /\ files' = files \ {<<clean.o, clean.s>>} /\ clean' = Quiet /\ UNCHANGED fate
  \/ clean.pc # "idle" /\ clean' = Quiet /\ UNCHANGED <<files, fate>>

CleanStep == Clean /\ UNCHANGED <<input, run, gens, live, old, intents, together>>

Crash(w) ==  \* kill -9: what it knew is gone, what it wrote stays
  /\ run[w].pc \notin {"idle", "end"} /\ MayStart(w)  \* else it is as one that is paused for ever
  /\ run' = [run EXCEPT ![w] = [try |-> @.try] @@ Fresh]
  /\ UNCHANGED <<input, clean, store>>

InFlight(s) ==  \* somebody has taken its fate (or it was taken) and may commit it
  \E w \in Writers : /\ run[w].id = s /\ run[w].pc \in {"fate", "compare", "commit", "readback"}
                     /\ fate[<<run[w].out, s>>] = "publish"

GrowOld ==  \* days go by; one stage is enough to meet clean
  /\ old = {} /\ \E s \in Stages : <<1, s>> \in files /\ (Awake => ~InFlight(s)) /\ old' = {s}
  /\ UNCHANGED <<input, run, clean, gens, live, files, fate, intents, together>>

NewData == input = 1 /\ input' = 2 /\ UNCHANGED <<run, clean, store>>

Step(w) ==
  \/ Start(w) \/ Look(w) \/ Pin(w) \/ Plan(w) \/ LookAtOtherOutputs(w) \/ CheckTheStage(w) \/ TakeFate(w)
  \/ Compare(w) \/ Commit(w) \/ LookBack(w) \/ Crash(w)

Next == (\E w \in Writers : Step(w)) \/ CleanStep \/ GrowOld \/ NewData
Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Writers)

(* ------------------------------------------------ promises ---------------------------------------------- *)

\* What readers see is the newest generation, all of it and nothing beside it, and its files are there.
NoRowLostOrDoubled == \A o \in Outputs :
  /\ live[o] = IF gens[o] = <<>> THEN {} ELSE {gens[o][Len(gens[o])].stage}
  /\ \A s \in live[o] : <<o, s>> \in files

\* Each generation replaces the one that its run has looked at, and is made of nothing older.
NoZombie == \A o \in Outputs : \A n \in 1..Len(gens[o]) :
  gens[o][n].replaces = n - 1 /\ (n > 1 => gens[o][n].fp >= gens[o][n - 1].fp)

\* Exit 0: what the run would have published was published, in each output, when it looked or later.
ExitIsTrue == \A w \in Writers : run[w].result \in {"published", "unchanged"} =>
  \A o \in Outputs : \E n \in 1..Len(gens[o]) : n >= run[w].seen[o] /\ gens[o][n].fp = run[w].fp

\* ... and in all outputs at one time.
ExitIsTrueOfAllAtOnce == \A w \in Writers :
  run[w].result \in {"published", "unchanged"} => run[w].fp \in together

\* Who is told that another run was first is not the one that is published.
NobodyDisowned == \A w \in Writers : \A o \in run[w].lost :
  gens[o] = <<>> \/ gens[o][Len(gens[o])].stage # run[w].id

\* A second output comes from an attempt that published the first: no loser of the first goes on.
OutputsOfOneAttempt == \A n \in 1..Len(gens[2]) :
  \E m \in 1..Len(gens[1]) : gens[1][m].stage = gens[2][n].stage
==============================================================================
