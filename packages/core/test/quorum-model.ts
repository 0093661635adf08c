// What thresholds must mean, by looking at every set of members instead of at inequalities: the slow judge of
// committee/quorum. It knows nothing of the formulas; it plays one slot with candidates X and Y (twins) in which honest
// members say one thing and lying members say everything to everybody. Members are bits, so keep them few.
import { readQuorum, recoveryQuorum, type Thresholds } from "../src/index.ts";

/** Every way in which these thresholds fail members with these stakes; empty when they are sound and live. */
export function findViolations(stakes: readonly number[], thresholds: Thresholds): readonly string[] {
  const { total, crash, byzantine, parents, commit, certificate, slow, skip, link, rule } = thresholds;
  const all = 2 ** stakes.length - 1;
  const stakeOf = Array.from({ length: all + 1 }, (_, set) => weigh(set, stakes));
  const atLeast = (amount: number) => stakeOf.flatMap((stake, set) => (stake >= amount ? [set] : []));
  const atMost = (amount: number) => stakeOf.flatMap((stake, set) => (stake <= amount ? [set] : []));
  const violations = new Set<string>();
  const must = (holds: boolean, text: string) => void (holds || violations.add(text));

  must(stakeOf[all] === total, "the total is not the sum of the stakes");
  const parentQuorums = atLeast(parents);
  for (const liars of atMost(byzantine)) {
    const honest = all & ~liars;
    // All that a set can be forced to have said: its honest part. All that others may still say: everybody else.
    const others = (set: number) => stakeOf[all & ~(set & honest)]!;

    for (const voters of atLeast(commit)) {
      for (const quorum of parentQuorums) {
        must(stakeOf[quorum & voters & honest]! >= link, "a block need not see a link to a committed slot");
      }
      must(others(voters) < skip, "a slot can be committed and skipped directly");
      must(others(voters) < commit, "two twins can be committed directly");
      if (byzantine > 0) must(others(voters) < link, "a rival of a directly committed block can be linked");
      if (rule === "hyb3") must(others(voters) < certificate, "a rival of a fast commit can be certified");
    }
    for (const blamers of atLeast(skip)) {
      must(others(blamers) < link, "a skipped slot can be linked");
      must(others(blamers) < certificate, "a skipped slot can be certified");
    }
    if (rule === "hyb3") {
      for (const voters of atLeast(certificate)) must(others(voters) < certificate, "two twins can be certified");
    }
    const finals = rule === "hyb3" ? [...atLeast(slow), ...atLeast(commit)] : atLeast(commit);
    for (const final of finals) {
      const witnesses = final & honest;
      for (const quorum of parentQuorums) {
        must((quorum & witnesses) !== 0, "a later block need not see an honest witness of a commit");
      }
      for (const readers of atLeast(readQuorum(thresholds))) {
        must((readers & witnesses) !== 0, "a read can miss a commit");
      }
      for (let member = 1; member <= all; member *= 2) {
        if ((liars & member) !== 0) continue;
        for (const repliers of atLeast(recoveryQuorum(thresholds))) {
          if ((repliers & member) !== 0) continue;
          must((repliers & witnesses & ~member) !== 0, "a member can recover past a commit that it voted for");
        }
      }
    }
    for (let member = 1; member <= all; member *= 2) {
      for (const repliers of atLeast(recoveryQuorum(thresholds))) {
        if ((repliers & member) !== 0) continue;
        for (const quorum of parentQuorums) {
          must((repliers & quorum & honest) !== 0, "a member can recover below its own last round");
        }
      }
    }
    for (const stopped of atMost(crash)) {
      const left = stakeOf[honest & ~stopped]!;
      must(left >= parents, "the members that are left cannot build a round");
      must(left >= certificate, "the members that are left cannot certify");
      must(left >= (rule === "hyb3" ? slow : commit), "the members that are left cannot commit");
    }
  }
  return [...violations].toSorted();
}

function weigh(set: number, stakes: readonly number[]): number {
  return stakes.reduce((sum, stake, index) => sum + ((set >> index) % 2 === 1 ? stake : 0), 0);
}
