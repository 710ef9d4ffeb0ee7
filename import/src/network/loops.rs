//! Which connections close a loop: a spike takes one tick more there than the graph says.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::Source;

/// What a population is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub source: Source,
    /// Ticks that the graph says.
    pub delay_ticks: u32,
    /// Whether the file says that it closes a loop.
    pub is_declared: bool,
}

/// Why a connection is taken for the one that closes its loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It leads from a population to itself.
    Itself,
    /// The file says so.
    Declared,
    /// No other of its loop has a longer delay.
    Delay,
    /// It leads back towards the input.
    Distance,
    /// Nothing but the order of names.
    Names,
}

/// For each population and each of its connections, whether that closes a loop, and why. Where a loop has delays, it is the connection
/// with the longest. Else a search finds it that starts at the populations next to the input and takes populations by name. So the
/// order of nodes and edges in a file does not matter.
pub(crate) fn closing(names: &[&str], edges: &[Vec<Edge>]) -> Vec<Vec<Option<Reason>>> {
    let mut targets: Vec<Vec<(usize, usize)>> = vec![Vec::new(); names.len()];
    let mut delayed = Vec::new();
    let mut closes: Vec<Vec<Option<Reason>>> = edges.iter().map(|edges| vec![None; edges.len()]).collect();
    let mut all = targets.clone();
    for (post, edges) in edges.iter().enumerate() {
        for (index, edge) in edges.iter().enumerate() {
            let Source::Population(pre) = edge.source else { continue };
            all[pre].push((post, index));
            if pre == post {
                closes[post][index] = Some(Reason::Itself);
            } else if edge.is_declared {
                closes[post][index] = Some(Reason::Declared);
            } else if edge.delay_ticks > 0 {
                delayed.push((pre, post, index));
            } else {
                targets[pre].push((post, index));
            }
        }
    }
    let by_name = |targets: &mut Vec<(usize, usize)>| targets.sort_by_key(|(post, index)| (names[*post], *index));
    targets.iter_mut().chain(&mut all).for_each(by_name);

    let distance = distances(edges, &all);
    let mut roots: Vec<usize> = (0..names.len()).collect();
    roots.sort_by_key(|&population| (distance[population], names[population]));
    let mut state = vec![State::New; names.len()];
    let mut closing = Vec::new();
    for root in roots {
        if state[root] == State::New {
            search(root, &targets, &mut state, &mut closing);
        }
    }
    for (pre, post, index) in closing {
        let leads_back = distance[post] < distance[pre];
        closes[post][index] = Some(if leads_back { Reason::Distance } else { Reason::Names });
        targets[pre].retain(|target| *target != (post, index));
    }

    // Then those with a delay, the shortest first, and of equal ones those that lead away from the input.
    delayed.sort_by_key(|&(pre, post, index)| {
        let delay_ticks = edges[post][index].delay_ticks;
        (delay_ticks, Reverse(distance[post] > distance[pre]), names[pre], names[post], index)
    });
    for (pre, post, index) in delayed {
        if leads_to(post, pre, &targets) {
            closes[post][index] = Some(Reason::Delay);
        } else {
            targets[pre].push((post, index));
        }
    }
    closes
}

/// Whether a way leads from a population to another.
fn leads_to(from: usize, to: usize, targets: &[Vec<(usize, usize)>]) -> bool {
    let mut is_reached = vec![false; targets.len()];
    let mut rest = vec![from];
    while let Some(population) = rest.pop() {
        if population == to {
            return true;
        }
        if !std::mem::replace(&mut is_reached[population], true) {
            rest.extend(targets[population].iter().map(|(post, _)| *post));
        }
    }
    false
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnPath,
    Done,
}

/// Depth first, without recursion: a graph may have many populations.
fn search(root: usize, targets: &[Vec<(usize, usize)>], state: &mut [State], closing: &mut Vec<(usize, usize, usize)>) {
    let mut path = vec![(root, 0)];
    state[root] = State::OnPath;
    while let Some((population, next)) = path.last_mut() {
        let pre = *population;
        let Some(&(post, index)) = targets[*population].get(*next) else {
            state[*population] = State::Done;
            path.pop();
            continue;
        };
        *next += 1;
        match state[post] {
            State::New => {
                state[post] = State::OnPath;
                path.push((post, 0));
            }
            State::OnPath => closing.push((pre, post, index)),
            State::Done => {}
        }
    }
}

/// Populations on the shortest way from a channel; the largest number for those that no channel reaches.
fn distances(edges: &[Vec<Edge>], targets: &[Vec<(usize, usize)>]) -> Vec<usize> {
    let mut distance = vec![usize::MAX; edges.len()];
    let mut queue = VecDeque::new();
    for (population, edges) in edges.iter().enumerate() {
        if edges.iter().any(|edge| matches!(edge.source, Source::Channels { .. })) {
            distance[population] = 0;
            queue.push_back(population);
        }
    }
    while let Some(population) = queue.pop_front() {
        for &(post, _) in &targets[population] {
            if distance[post] == usize::MAX {
                distance[post] = distance[population] + 1;
                queue.push_back(post);
            }
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Edge = Edge { source: Source::Channels { first: 0, count: 1 }, delay_ticks: 0, is_declared: false };

    fn from(population: usize, delay_ticks: u32) -> Edge {
        Edge { source: Source::Population(population), delay_ticks, is_declared: false }
    }

    #[test]
    fn a_population_that_feeds_itself_closes_a_loop() {
        let edges = [vec![INPUT, from(0, 0)], vec![from(0, 0)]];
        assert_eq!(closing(&["a", "b"], &edges), [vec![None, Some(Reason::Itself)], vec![None]]);
    }

    #[test]
    fn a_skip_closes_no_loop_though_it_has_a_delay() {
        let edges = [vec![INPUT], vec![from(0, 1)], vec![from(0, 3), from(1, 0)]];
        assert!(closing(&["a", "b", "c"], &edges).concat().iter().all(Option::is_none));
    }

    #[test]
    fn the_way_back_to_the_population_next_to_the_input_closes_a_loop() {
        // `z` is next to the input, whatever its name.
        let edges = [vec![from(1, 0)], vec![INPUT, from(0, 0)]];
        assert_eq!(closing(&["a", "z"], &edges), [vec![None], vec![None, Some(Reason::Distance)]]);
    }

    #[test]
    fn the_connection_with_a_delay_closes_a_loop_whatever_the_names() {
        for names in [["a", "b"], ["b", "a"]] {
            let edges = [vec![INPUT, from(1, 1)], vec![INPUT, from(0, 0)]];
            assert_eq!(closing(&names, &edges), [vec![None, Some(Reason::Delay)], vec![None, None]]);
        }
        // Without a delay it is the order of names.
        let edges = [vec![INPUT, from(1, 0)], vec![INPUT, from(0, 0)]];
        assert_eq!(closing(&["a", "b"], &edges), [vec![None, Some(Reason::Names)], vec![None, None]]);
        assert_eq!(closing(&["b", "a"], &edges), [vec![None, None], vec![None, Some(Reason::Names)]]);
        // Unless the file says which.
        let edges = [vec![INPUT, from(1, 0)], vec![INPUT, Edge { is_declared: true, ..from(0, 0) }]];
        assert_eq!(closing(&["a", "b"], &edges), [vec![None, None], vec![None, Some(Reason::Declared)]]);
    }
}
