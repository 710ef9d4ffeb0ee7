//! Spike trains: populations joined and divided.

use study::analysis::{AnalysisError, SpikeTrains};

use crate::support::populations::{bernoulli_trains, directions};

#[test]
fn joined_populations_divide_into_the_same_again() -> Result<(), AnalysisError> {
    let trains = bernoulli_trains(8, 50, directions(4, 3, 1), 1, |_, _, unit| 0.1 * unit as f64);
    let (head, tail) = (trains.select(0..3)?, trains.select(3..99)?);
    assert_eq!((head.n_units(), tail.n_units(), head.n_ticks()), (3, 5, 50));
    assert_eq!(head.join(&tail)?, trains);
    for (whole, (a, b)) in trains.responses().rows().zip(head.responses().rows().zip(tail.responses().rows())) {
        assert_eq!(whole, [a, b].concat());
    }
    let shorter = bernoulli_trains(8, 25, directions(4, 3, 1), 1, |_, _, _| 0.1);
    assert!(trains.select(8..9).is_err() && trains.join(&shorter).is_err());
    Ok(())
}

#[test]
fn a_unit_spikes_at_most_once_a_tick() {
    let trains = |trial: Vec<Vec<u16>>| SpikeTrains::new(2, 1.0, vec![trial; 2], directions(2, 1, 1));
    assert!(trains(vec![vec![0, 1], vec![1]]).is_ok());
    assert!(trains(vec![vec![1, 1], vec![]]).unwrap_err().to_string().contains("twice in tick 0"));
    assert!(trains(vec![vec![2], vec![]]).unwrap_err().to_string().contains("there are 2 units"));
}
