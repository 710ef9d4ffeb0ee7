//! Ablations: what each takes away, freezes or redraws, and what it leaves.

use std::ops::ControlFlow;

use train::TrainError;
use train::data::TrainingSample;
use train::fit::{FitOptions, fit, fit_observed};
use train::network::{Ablation, Network, ProjectionKind, QuantizedNetwork, Topology};

const N_CHANNELS: usize = 12;
const N_TICKS: usize = 12;

fn network(topology: &str) -> Network {
    Network::new(&Topology::load(topology).expect("shipped"), N_CHANNELS, 2, 1.0, 8, 7).expect("sizes are fine")
}

fn windows() -> Vec<Vec<Vec<u16>>> {
    let fires = |index: usize, tick: usize, channel: u16| (tick * 5 + index + usize::from(channel)).is_multiple_of(4);
    let tick = |index, tick| (0..N_CHANNELS as u16).filter(|&channel| fires(index, tick, channel)).collect();
    (0..24).map(|index| (0..N_TICKS).map(|at| tick(index, at)).collect()).collect()
}

fn options(epochs: usize) -> FitOptions {
    FitOptions { epochs, batch_size: 8, ..FitOptions::default() }
}

/// Weights of the feedback synapses of the integer network after 0, 1, … epochs.
fn feedback_over_epochs(ablation: Ablation) -> Vec<Vec<f32>> {
    let ablated = ablation.apply(network("T1"), 1).expect("T1 has feedback");
    let positions = ablated.synapses_of(ProjectionKind::Feedback);
    let windows = windows();
    let samples: Vec<_> =
        windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % 2 }).collect();
    let mut seen = Vec::new();
    let n_post = ablated.layout.n_post();
    let mut observe = |network: &QuantizedNetwork, n_epochs: usize| {
        assert_eq!(n_epochs, seen.len());
        let real = |&position: &usize| f32::from(network.weights[position]) * network.step[position % n_post];
        seen.push(positions.iter().map(real).collect());
    };
    let mut go_on = |_: &_| ControlFlow::Continue(());
    fit_observed(ablated, &samples, &options(4), 3, &mut go_on, &mut observe).expect("trains");
    seen
}

fn correlation(one: &[f32], other: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
}

#[test]
fn removals_take_their_kind_and_leave_all_other_synapses_as_they_were() {
    let intact = network("T1");
    let count = |network: &Network, kind| network.synapses_of(kind).len();
    let (forward, recurrent, feedback) = (ProjectionKind::Forward, ProjectionKind::Recurrent, ProjectionKind::Feedback);
    let n_feedback = count(&intact, feedback);
    assert!(n_feedback > 100 && count(&intact, recurrent) > 100);
    let removed = [(Ablation::FeedbackRemoved, feedback), (Ablation::RecurrenceRemoved, recurrent)];
    for (ablation, kind) in removed {
        let ablated = ablation.apply(network("T1"), 1).expect("T1 has both");
        assert_eq!(count(&ablated, kind), 0);
        assert_eq!(ablated.n_synapses(), intact.n_synapses() - count(&intact, kind));
        for (position, &weight) in ablated.weights.iter().enumerate() {
            let kept = intact.projection_at(position).is_some_and(|index| intact.projections[index].kind != kind);
            assert_eq!(weight, if kept { intact.weights[position] } else { 0.0 });
        }
    }
    let ablated = Ablation::ForwardRemoved.apply(network("T1"), 1).expect("T1 has enough forward synapses");
    assert_eq!(count(&ablated, forward), count(&intact, forward) - n_feedback);
    assert_eq!((count(&ablated, feedback), count(&ablated, recurrent)), (n_feedback, count(&intact, recurrent)));
    assert_ne!(ablated, Ablation::ForwardRemoved.apply(network("T1"), 2).expect("so"), "drawn by the seed");
    assert_eq!(Ablation::Intact.apply(network("T1"), 1).expect("nothing to do"), intact);
}

#[test]
fn feedback_is_trained_when_intact_stays_when_frozen_and_forgets_itself_when_redrawn() {
    let trained = feedback_over_epochs(Ablation::Intact);
    assert!((1..5).all(|epoch| trained[epoch] != trained[epoch - 1]));
    let frozen = feedback_over_epochs(Ablation::FeedbackFrozen);
    // Weight steps follow the trained weights into the same neuron, so integers may round otherwise.
    assert!(
        (1..5).all(|epoch| correlation(&frozen[epoch], &frozen[0]) > 0.98),
        "{:?}",
        correlation(&frozen[4], &frozen[0])
    );
    let redrawn = feedback_over_epochs(Ablation::FeedbackRedrawn);
    let power = |weights: &[f32]| weights.iter().map(|weight| weight * weight).sum::<f32>();
    assert!(correlation(&redrawn[1], &redrawn[0]) > 0.98, "the first epoch keeps the first weights");
    for epoch in 2..5 {
        let again = correlation(&redrawn[epoch], &redrawn[epoch - 1]);
        assert!(again.abs() < 0.1, "epoch {epoch}: {again}");
        let ratio = power(&redrawn[epoch]) / power(&redrawn[0]);
        assert!((0.7..1.4).contains(&ratio), "epoch {epoch}: {ratio}");
    }
}

#[test]
fn frozen_weights_stay_to_the_bit_while_the_others_move() {
    let windows = windows();
    let samples: Vec<_> =
        windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % 2 }).collect();
    let start = Ablation::FeedbackFrozen.apply(network("T1"), 1).expect("T1 has feedback");
    let options = FitOptions { calibrated_rate: None, ..options(2) };
    let trained =
        fit(start.clone(), &samples, &options, 3, &mut |_| ControlFlow::Continue(())).expect("trains").network;
    let feedback = start.synapses_of(ProjectionKind::Feedback);
    assert!(feedback.iter().all(|&position| trained.weights[position].to_bits() == start.weights[position].to_bits()));
    let forward = start.synapses_of(ProjectionKind::Forward);
    assert!(forward.iter().filter(|&&position| trained.weights[position] != start.weights[position]).count() > 100);
}

#[test]
fn a_network_without_feedback_is_refused_instead_of_left_as_it_is() {
    for ablation in
        [Ablation::FeedbackRemoved, Ablation::FeedbackFrozen, Ablation::FeedbackRedrawn, Ablation::ForwardRemoved]
    {
        let refused = ablation.apply(network("T4"), 1);
        assert!(matches!(&refused, Err(TrainError::Ablation { ablation: name, .. }) if *name == ablation.name()));
        assert!(refused.unwrap_err().to_string().contains("no feedback synapses"));
    }
}

#[test]
fn names_are_those_that_files_use() {
    for ablation in Ablation::ALL {
        assert_eq!(serde_json::to_value(ablation).expect("a name"), ablation.name());
    }
}
