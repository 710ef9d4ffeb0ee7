//! The decoders on the front, each of one size, with what they cost.

use super::super::energy::counts;
use super::super::percent;
use crate::energy::{FLOAT_32, INTEGER_WITH_READS};
use crate::front::Candidate;
use crate::neurobench::NEURON_BYTES;
use crate::results::{Estimate, Results, accuracy, difference};
use crate::run::{Condition, Method, Observation};
use crate::runner::WEIGHT_BITS;
use crate::store::Entry;

/// Bits that say where a synapse ends, in the core's memory.
pub(super) const INDEX_BITS: u32 = 8;

/// What a decoder costs, in the order of [`Member::costs`]: short name, name of the file, axis.
pub(super) const COSTS: [(&str, &str, &str); 3] = [
    ("fp32", "front_fp32", "energy of a decision (nJ): fp32, memory free, every product counted"),
    ("integer", "front_integer", "energy of a decision (nJ): integers with reads, adding on spikes"),
    ("bytes", "front_footprint", "parameters (bytes)"),
];

/// What a decoder is, as far as the claims tell them apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A network whose areas are heard.
    Spiking,
    /// The direct path alone, LDA, naive Bayes: linear in the spikes.
    Linear,
    /// GRU, LSTM.
    Recurrent,
}

/// A decoder of one size, trained in every fold with every seed.
pub(super) struct Member<'a> {
    pub(super) method: Method,
    pub(super) kind: Kind,
    pub(super) family: String,
    pub(super) name: String,
    pub(super) entries: Vec<&'a Entry>,
    pub(super) accuracy: Estimate,
    pub(super) costs: [f64; 3],
}

/// All decoders of all sizes.
pub(super) fn members<'a>(results: &Results<'a>) -> Vec<Member<'a>> {
    let is_size = |condition: Condition| {
        use Condition::{Divided, Plain, Pruned, WeightBits};
        matches!(condition, Plain | Pruned { .. } | Divided { .. } | WeightBits { .. })
    };
    let mut sizes: Vec<(Method, Condition)> = Vec::new();
    for Entry { run, .. } in results.entries {
        let is_member = run.folds == results.plan.folds
            && run.tick_ms == results.tick_ms()
            && run.observation != Observation::Tuning
            && is_size(run.condition);
        if is_member && !sizes.contains(&(run.method.clone(), run.condition)) {
            sizes.push((run.method.clone(), run.condition));
        }
    }
    sizes.into_iter().filter_map(|(method, condition)| member(results, method, condition)).collect()
}

fn member<'a>(results: &Results<'a>, method: Method, condition: Condition) -> Option<Member<'a>> {
    let entries = results.decoders(&method, condition, results.tick_ms());
    let accuracy = accuracy(&entries)?;
    let counts = counts(&entries);
    // A recurrent baseline is counted with every product first, and adding on spikes last.
    let (dense, on_spikes) = (counts.first()?.per_decision, counts.last()?.per_decision);
    let bytes = entries.iter().map(|entry| n_bytes(entry, results.dataset.classes.len())).sum::<f64>();
    let costs = [
        FLOAT_32.picojoules(&dense) / 1e3,
        INTEGER_WITH_READS.picojoules(&on_spikes) / 1e3,
        bytes / entries.len() as f64,
    ];
    let kind = match &method {
        Method::Gru(_) | Method::Lstm(_) => Kind::Recurrent,
        Method::Lda | Method::NaiveBayes => Kind::Linear,
        method if *method == Method::direct() => Kind::Linear,
        Method::Network(_) => Kind::Spiking,
    };
    let family = match (&method, condition) {
        (Method::Gru(_), _) => "GRU".to_owned(),
        (Method::Lstm(_), _) => "LSTM".to_owned(),
        (_, Condition::Pruned { .. }) => format!("{method}, pruned"),
        (_, Condition::WeightBits { .. }) => format!("{method}, fewer bits"),
        (method, _) if *method == results.first() || *method == Method::feedforward() => {
            format!("{method}, fewer neurons")
        }
        (method, _) if kind == Kind::Linear => method.to_string(),
        _ => "other topologies".to_owned(),
    };
    let name = match condition {
        Condition::Plain => method.to_string(),
        condition => format!("{method}, {condition}"),
    };
    Some(Member { method, kind, family, name, entries, accuracy, costs })
}

/// Bytes of the parameters: of a network its synapses, each with an index, and the constants of its neurons; of the others a
/// byte for each parameter, as their energy is counted, although they decide with floats.
fn n_bytes(entry: &Entry, n_classes: usize) -> f64 {
    let outcome = &entry.outcome;
    if !matches!(entry.run.method, Method::Network(_)) {
        return outcome.n_parameters as f64;
    }
    let weight_bits = match entry.run.condition {
        Condition::WeightBits { bits } => bits,
        _ => WEIGHT_BITS,
    };
    let synapses = outcome.n_parameters as f64 * f64::from(weight_bits + INDEX_BITS) / 8.0;
    synapses + ((outcome.n_neurons + n_classes) * NEURON_BYTES) as f64
}

pub(super) fn candidates(members: &[Member<'_>], cost: usize) -> Vec<Candidate> {
    let of = |member: &Member<'_>| Candidate { cost: member.costs[cost], accuracy: member.accuracy.mean };
    members.iter().map(of).collect()
}

/// Whether each member is as accurate as one of them: not below it by a 95 % interval, on the same trials.
pub(super) fn as_accurate(members: &[Member<'_>], reference: &Member<'_>) -> Vec<bool> {
    let is_not_below = |by: Estimate| by.interval.high >= 0.0;
    members.iter().map(|member| difference(&member.entries, &reference.entries).is_some_and(is_not_below)).collect()
}

/// A member with accuracy and energy by a table, in words.
pub(super) fn described(member: &Member<'_>, cost: usize) -> String {
    format!("{} ({}, {:.2} nJ)", member.name, percent(member.accuracy.mean), member.costs[cost])
}
