//! Accuracy over what it costs: every family of decoders over its sizes, and the front of those that none beats.

mod claims;
mod members;

pub use claims::claims;

use super::share;
use crate::energy::{FLOAT_32, INTEGER_WITH_READS};
use crate::front::front;
use crate::report::plot::{Axes, Family, Point, scatter};
use crate::report::{Figure, Panel, Section, Table, Value};
use crate::results::{Estimate, Results};
use crate::run::Condition;
use claims::place_of_lda;
use members::{COSTS, INDEX_BITS, Kind, Member, candidates, members};

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let members = members(results);
    let fronts: Vec<Vec<usize>> = (0..COSTS.len()).map(|cost| front(&candidates(&members, cost))).collect();
    let table = table(&members, &fronts);
    let panel = |(cost, (_, name, axis)): (usize, &(&str, &str, &str))| Panel {
        name: (*name).to_owned(),
        caption: caption(cost),
        figure: Some(figure(&members, cost, &fronts[cost], axis)),
        table: table.clone(),
        shows_table: cost + 1 == COSTS.len(),
    };
    let rule = "Each point is a decoder of one size; lines are 95 % intervals by resampling trials, and join the sizes of a \
                family. The dashed line is the front: no cheaper decoder reaches those on it. A network has fewer neurons, fewer \
                synapses (pruned during training) or fewer bits in a weight; GRU and LSTM have fewer units.";
    Section {
        id: "accuracy-and-energy",
        title: "Accuracy and energy".to_owned(),
        words: [rule.to_owned()].into_iter().chain(place_of_lda(&members).map(|place| place.words())).collect(),
        panels: COSTS.iter().enumerate().map(panel).collect(),
    }
}

fn caption(cost: usize) -> String {
    match cost {
        0 => format!(
            "Accuracy over the energy of a decision, by {}, with every product of GRU and LSTM counted, as papers on spiking \
             networks do: what favours spikes most.",
            FLOAT_32.name
        ),
        1 => format!(
            "Accuracy over the energy of a decision, by {}; GRU and LSTM add rows of input weights for channels that spike: \
             what favours spikes least.",
            INTEGER_WITH_READS.name
        ),
        _ => format!(
            "Accuracy over the bytes of the parameters. Of a network: its synapses, each with {INDEX_BITS} bits for where it \
             ends, and the constants of its neurons. Of the others: a byte each, as their energy is counted with integers, \
             although they decide with floats."
        ),
    }
}

fn table(members: &[Member<'_>], fronts: &[Vec<usize>]) -> Table {
    let mut table = Table::new(&[
        "decoder",
        "accuracy (%)",
        "95 % low",
        "95 % high",
        "fp32, every product (nJ)",
        "integers with reads, on spikes (nJ)",
        "parameters (bytes)",
        "on the front of",
    ]);
    for (index, member) in members.iter().enumerate() {
        let Estimate { mean, interval, .. } = member.accuracy;
        let is_on = |(cost, front): (usize, &Vec<usize>)| front.contains(&index).then_some(COSTS[cost].0);
        let on: Vec<&str> = fronts.iter().enumerate().filter_map(is_on).collect();
        table.push([
            member.name.as_str().into(),
            share(mean),
            share(interval.low),
            share(interval.high),
            Value::Number(member.costs[0], 2),
            Value::Number(member.costs[1], 2),
            Value::Number(member.costs[2], 0),
            on.join(", ").into(),
        ]);
    }
    table
}

fn figure(members: &[Member<'_>], cost: usize, front: &[usize], axis: &str) -> Figure {
    let point = |member: &Member<'_>| Point {
        x: member.costs[cost],
        y: 100.0 * member.accuracy.mean,
        error: (100.0 * member.accuracy.interval.low, 100.0 * member.accuracy.interval.high),
    };
    let mut families: Vec<Family> = Vec::new();
    for member in members {
        match families.iter_mut().find(|family| family.name == member.family) {
            Some(family) => family.points.push(point(member)),
            None => {
                let is_part =
                    matches!(member.entries[0].run.condition, Condition::Pruned { .. } | Condition::WeightBits { .. });
                let is_whole = |other: &&Member<'_>| {
                    other.method == member.method && other.entries[0].run.condition == Condition::Plain
                };
                let whole = members.iter().find(is_whole).filter(|_| is_part);
                let points = whole.into_iter().chain([member]).map(point).collect();
                let is_joined = member.kind != Kind::Linear && (is_part || member.family != "other topologies");
                families.push(Family { name: member.family.clone(), points, is_joined });
            }
        }
    }
    for family in &mut families {
        family.points.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    let front: Vec<(f64, f64)> =
        front.iter().map(|&index| (members[index].costs[cost], 100.0 * members[index].accuracy.mean)).collect();
    scatter(&families, &front, &Axes { x: axis.to_owned(), y: "accuracy (%)".to_owned(), ..Axes::default() })
}
