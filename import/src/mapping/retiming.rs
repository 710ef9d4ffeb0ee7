//! When each population runs: a core takes one tick from a neuron to the next, a network takes what its graph says.

use crate::GraphError;
use crate::network::{Network, Source};

/// The most neurons of any core.
const NEURONS_MAX: i64 = spec::core::MAX_LANES as i64 * spec::core::MAX_NEURONS_PER_LANE as i64;

/// What a connection needs.
struct Edge {
    source: Source,
    post: usize,
    delay: i64,
    /// Whether a channel or neuron of the source has a weight other than 0.
    is_used: Vec<bool>,
}

/// The lag of each population: the least with which no spike would have to arrive before it was fired, then later where that saves
/// relays.
pub(super) fn lags(network: &Network) -> Result<Vec<i64>, GraphError> {
    let mut edges = Vec::new();
    for (post, population) in network.populations.iter().enumerate() {
        for connection in &population.connections {
            let (source, delay) = (connection.source, i64::from(connection.delay_ticks));
            let is_used: Vec<bool> =
                connection.weights.columns().into_iter().map(|column| column.iter().any(|it| *it != 0.0)).collect();
            if is_used.contains(&true) {
                edges.push(Edge { source, post, delay, is_used });
            }
        }
    }
    let mut lags = least(network, &edges)?;
    let n_relays = save_relays(&edges, &mut lags);
    if n_relays > NEURONS_MAX {
        let cause = format!(
            "delays and skips of the network take {n_relays} relay neurons, one for each value and tick, and no core has more than \
             {NEURONS_MAX} neurons"
        );
        return Err(GraphError::new(cause, "write shorter delays, or delay fewer values"));
    }
    Ok(lags)
}

/// Relays on a connection: not negative once the lags are right.
pub(super) fn n_relays(source: Source, delay: i64, post: usize, lags: &[i64]) -> i64 {
    match source {
        Source::Channels { .. } => delay + lags[post],
        Source::Population(pre) => delay + lags[post] - lags[pre] - 1,
    }
}

/// Longest paths (Bellman and Ford).
fn least(network: &Network, edges: &[Edge]) -> Result<Vec<i64>, GraphError> {
    let n_populations = network.populations.len();
    // What no spike reaches runs from the start.
    let is_reached = |population: usize| edges.iter().any(|edge| edge.post == population);
    let mut lags: Vec<Option<i64>> = (0..n_populations).map(|it| (!is_reached(it)).then_some(0)).collect();
    loop {
        for round in 0..=n_populations {
            let mut grown = None;
            for edge in edges {
                let bound = match edge.source {
                    Source::Channels { .. } => Some(-edge.delay),
                    Source::Population(pre) => lags[pre].map(|lag| lag + 1 - edge.delay),
                };
                if bound > lags[edge.post] {
                    lags[edge.post] = bound;
                    grown = Some(edge.post);
                }
            }
            match grown {
                None => break,
                Some(post) if round == n_populations => return Err(too_short_loop(network, edges, post)),
                Some(_) => {}
            }
        }
        // What is left is a loop that no channel reaches.
        match lags.iter_mut().find(|lag| lag.is_none()) {
            Some(unset) => *unset = Some(0),
            None => break,
        }
    }
    Ok(lags.into_iter().flatten().collect())
}

fn too_short_loop(network: &Network, edges: &[Edge], start: usize) -> GraphError {
    // Every population that reaches `start` and is reached from it is on the loop or beside it.
    let reach = |forward: bool| {
        let mut is_reached = vec![false; network.populations.len()];
        let mut rest = vec![start];
        while let Some(population) = rest.pop() {
            for edge in edges {
                let Source::Population(pre) = edge.source else { continue };
                let (from, to) = if forward { (pre, edge.post) } else { (edge.post, pre) };
                if from == population && !std::mem::replace(&mut is_reached[to], true) {
                    rest.push(to);
                }
            }
        }
        is_reached
    };
    let (to, from) = (reach(true), reach(false));
    let names: Vec<&str> = (0..network.populations.len())
        .filter(|&index| to[index] && from[index])
        .map(|index| network.populations[index].name.as_str())
        .collect();
    GraphError::new(
        format!(
            "the loop of {} takes fewer ticks than it has populations, and a core takes a tick from each to the next",
            names.join(", ")
        ),
        "add a Delay to the loop and train with it",
    )
}

/// Lets a population run later where its own spikes then need fewer relays than its inputs need more; the relays that are left.
fn save_relays(edges: &[Edge], lags: &mut [i64]) -> i64 {
    let mut best = cost(edges, lags);
    loop {
        let before = best;
        for population in 0..lags.len() {
            let of_own =
                edges.iter().filter(|edge| edge.source == Source::Population(population) && edge.post != population);
            let slack = of_own.map(|edge| n_relays(edge.source, edge.delay, edge.post, lags)).min().unwrap_or(0);
            let start = lags[population];
            let mut best_lag = start;
            for lag in start + 1..=start + slack {
                lags[population] = lag;
                let cost = cost(edges, lags);
                if cost < best {
                    (best, best_lag) = (cost, lag);
                }
            }
            lags[population] = best_lag;
        }
        if best == before {
            return best;
        }
    }
}

/// Relays of all sources: the spikes of a neuron or channel pass one chain, as long as the slowest connection needs.
fn cost(edges: &[Edge], lags: &[i64]) -> i64 {
    let mut sources: Vec<Source> = edges.iter().map(|edge| edge.source).collect();
    sources.sort_unstable();
    sources.dedup();
    let of_source = |source: Source| {
        let mut longest: Vec<i64> = Vec::new();
        for edge in edges.iter().filter(|edge| edge.source == source) {
            let n_relays = n_relays(source, edge.delay, edge.post, lags);
            longest.resize(edge.is_used.len(), 0);
            for (longest, is_used) in longest.iter_mut().zip(&edge.is_used) {
                if *is_used {
                    *longest = n_relays.max(*longest);
                }
            }
        }
        longest.into_iter().sum::<i64>()
    };
    sources.into_iter().map(of_source).sum()
}
