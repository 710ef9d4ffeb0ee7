//! Which connections close a loop: a spike takes one tick more there than the graph says.

use std::collections::VecDeque;

use super::Source;

/// Marks, for each population and each of its sources, the connections that close a loop. Those are found by a search that starts
/// at the populations next to the input and takes populations by name, so the order of nodes and edges in a file does not
/// matter.
pub(crate) fn closing(names: &[&str], sources: &[Vec<Source>]) -> Vec<Vec<bool>> {
    let mut targets: Vec<Vec<(usize, usize)>> = vec![Vec::new(); names.len()];
    for (post, sources) in sources.iter().enumerate() {
        for (index, source) in sources.iter().enumerate() {
            if let Source::Population(pre) = source {
                targets[*pre].push((post, index));
            }
        }
    }
    targets.iter_mut().for_each(|targets| targets.sort_by_key(|(post, index)| (names[*post], *index)));

    let distance = distances(sources, &targets);
    let mut roots: Vec<usize> = (0..names.len()).collect();
    roots.sort_by_key(|&population| (distance[population], names[population]));

    let mut closes: Vec<Vec<bool>> = sources.iter().map(|sources| vec![false; sources.len()]).collect();
    let mut state = vec![State::New; names.len()];
    for root in roots {
        if state[root] == State::New {
            search(root, &targets, &mut state, &mut closes);
        }
    }
    closes
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnPath,
    Done,
}

/// Depth first, without recursion: a graph may have many populations.
fn search(root: usize, targets: &[Vec<(usize, usize)>], state: &mut [State], closes: &mut [Vec<bool>]) {
    let mut path = vec![(root, 0)];
    state[root] = State::OnPath;
    while let Some((population, next)) = path.last_mut() {
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
            State::OnPath => closes[post][index] = true,
            State::Done => {}
        }
    }
}

/// Populations on the shortest way from a channel; the largest number for those that no channel reaches.
fn distances(sources: &[Vec<Source>], targets: &[Vec<(usize, usize)>]) -> Vec<usize> {
    let mut distance = vec![usize::MAX; sources.len()];
    let mut queue = VecDeque::new();
    for (population, sources) in sources.iter().enumerate() {
        if sources.iter().any(|source| matches!(source, Source::Channels { .. })) {
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

    const INPUT: Source = Source::Channels { first: 0, count: 1 };

    #[test]
    fn a_population_that_feeds_itself_closes_a_loop() {
        let sources = [vec![INPUT, Source::Population(0)], vec![Source::Population(0)]];
        assert_eq!(closing(&["a", "b"], &sources), [vec![false, true], vec![false]]);
    }

    #[test]
    fn a_skip_closes_no_loop() {
        let sources = [vec![INPUT], vec![Source::Population(0)], vec![Source::Population(0), Source::Population(1)]];
        assert!(closing(&["a", "b", "c"], &sources).concat().iter().all(|closes| !closes));
    }

    #[test]
    fn the_way_back_to_the_population_next_to_the_input_closes_a_loop() {
        // `z` is next to the input, whatever its name.
        let sources = [vec![Source::Population(1)], vec![INPUT, Source::Population(0)]];
        assert_eq!(closing(&["a", "z"], &sources), [vec![false], vec![false, true]]);
    }
}
