//! What the front says about the papers' claim on energy, and about LDA.

use super::super::{percent, trials_to_tell};
use super::members::{COSTS, Kind, Member, as_accurate, candidates, described, members};
use crate::front::cheapest;
use crate::report::{Claim, Source, Verdict};
use crate::results::{Results, difference};
use crate::run::Method;

/// The ratio of the energies of GRU or LSTM and network that the papers state.
const STATED_RATIO: f64 = 50.0;

/// Trials that cannot tell so many points would call very different accuracies equal.
const EQUAL_POINTS: f64 = 5.0;

/// LDA beside the cheapest spiking network that is as accurate, by both energy tables.
pub(super) struct PlaceOfLda<'m, 'a> {
    lda: &'m Member<'a>,
    /// `None` if no network is as accurate.
    networks: Option<[&'m Member<'a>; 2]>,
}

pub(super) fn place_of_lda<'m, 'a>(members: &'m [Member<'a>]) -> Option<PlaceOfLda<'m, 'a>> {
    let lda = members.iter().find(|member| member.method == Method::Lda)?;
    let is_as_accurate = as_accurate(members, lda);
    let of = |cost| {
        let qualifies = |index: usize| members[index].kind == Kind::Spiking && is_as_accurate[index];
        cheapest(&candidates(members, cost), qualifies).map(|index| &members[index])
    };
    Some(PlaceOfLda { lda, networks: of(0).zip(of(1)).map(|(first, second)| [first, second]) })
}

impl PlaceOfLda<'_, '_> {
    /// Energy of the network over that of LDA, by table.
    fn ratio(&self, cost: usize) -> Option<f64> {
        Some(self.networks?[cost].costs[cost] / self.lda.costs[cost])
    }

    fn evidence(&self) -> String {
        let Some(networks) = self.networks else {
            return format!("no spiking network is as accurate as {}", described(self.lda, 0));
        };
        let by_table = |cost: usize| {
            let (lda, network) = (described(self.lda, cost), described(networks[cost], cost));
            format!("{network} takes {} {lda} ({})", times(1.0 / self.ratio(cost).unwrap_or(f64::NAN)), COSTS[cost].0)
        };
        format!("the cheapest network that is not below LDA: {}; {}", by_table(0), by_table(1))
    }

    /// In words, for the top of the section.
    pub(super) fn words(&self) -> String {
        let end = "A linear decoder of spike counts stands at the cheap end of the front, whatever table counts";
        match self.ratio(0).zip(self.ratio(1)) {
            Some((one, other)) if one > 1.0 && other > 1.0 => {
                format!(
                    "{end}: shrinkage LDA decides with 1/{one:.0} (fp32) and 1/{other:.0} (integers) of the energy of the \
                     cheapest spiking network that is not below it."
                )
            }
            _ => format!("Shrinkage LDA: {}.", self.evidence()),
        }
    }
}

/// How many times less or more energy, as words before what it is compared with.
fn times(less: f64) -> String {
    if less >= 1.0 { format!("{less:.1} times less than") } else { format!("{:.1} times more than", 1.0 / less) }
}

/// The papers' claim about energy, judged at equal accuracy, and one of ours.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let members = members(results);
    vec![a_fiftieth(&members), less_than_lda(&members)]
}

fn a_fiftieth(members: &[Member<'_>]) -> Claim {
    let claim = "At equal accuracy a decision takes a fiftieth of the energy of GRU and LSTM or less".to_owned();
    let recurrent = members.iter().filter(|member| member.kind == Kind::Recurrent);
    let best = recurrent.max_by(|a, b| a.accuracy.mean.total_cmp(&b.accuracy.mean));
    let Some(best) = best.filter(|_| members.iter().any(|member| member.kind == Kind::Spiking)) else {
        return Claim::not_tested(claim, Source::Paper);
    };
    let is_as_accurate = as_accurate(members, best);
    let of = |kind, cost| {
        let qualifies = |index: usize| members[index].kind == kind && is_as_accurate[index];
        cheapest(&candidates(members, cost), qualifies).map(|index| &members[index])
    };
    let by_table = |cost: usize| {
        let (network, recurrent) = (of(Kind::Spiking, cost)?, of(Kind::Recurrent, cost)?);
        let ratio = recurrent.costs[cost] / network.costs[cost];
        let (own, other) = (described(network, cost), described(recurrent, cost));
        let words = format!("{own} takes {} {other} ({})", times(ratio), COSTS[cost].0);
        let by = [network, recurrent].map(|member| difference(&member.entries, &best.entries));
        let too_few = by.into_iter().flatten().find_map(|by| trials_to_tell(&by, EQUAL_POINTS));
        Some((ratio, words, too_few))
    };
    let of_best = format!("{} ({})", best.name, percent(best.accuracy.mean));
    let (verdict, evidence) = match (by_table(0), by_table(1)) {
        (Some((ratio, by_papers, too_few)), Some((_, by_reads, _))) => {
            let verdict = match too_few {
                Some(_) => Verdict::UndecidedByDesign,
                None if ratio >= STATED_RATIO => Verdict::Holds,
                None => Verdict::Fails,
            };
            let needed = too_few.map_or(String::new(), |trials| format!("; {trials}"));
            (verdict, format!("the cheapest that are not below {of_best}: {by_papers}; {by_reads}{needed}"))
        }
        _ => (Verdict::Fails, format!("no spiking network is as accurate as {of_best}")),
    };
    Claim { claim, source: Source::Paper, verdict, evidence }
}

fn less_than_lda(members: &[Member<'_>]) -> Claim {
    let claim = "At equal accuracy a decision takes less energy than that of shrinkage LDA".to_owned();
    let Some(place) = place_of_lda(members).filter(|_| members.iter().any(|member| member.kind == Kind::Spiking))
    else {
        return Claim::not_tested(claim, Source::Choice);
    };
    let verdict = match [0, 1].map(|cost| place.ratio(cost).is_some_and(|ratio| ratio < 1.0)) {
        [true, true] => Verdict::Holds,
        [false, false] => Verdict::Fails,
        _ => Verdict::Undecided,
    };
    Claim { claim, source: Source::Choice, verdict, evidence: place.evidence() }
}
