//! What is seen of a running network is what the reference model does with its image.

use model::Core;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::core::ECP5_85F;
use train::compile::compile;
use train::data::{TrainingSample, neuron_noise};
use train::network::{Network, QuantizedNetwork, Topology};
use train::pass::{Observer, scores};

const N_CHANNELS: usize = 20;
const N_TICKS: usize = 40;

fn windows() -> Vec<Vec<Vec<u16>>> {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut tick = || (0..N_CHANNELS as u16).filter(|_| rng.random_bool(0.1)).collect();
    (0..6).map(|_| (0..N_TICKS).map(|_| tick()).collect()).collect()
}

fn network(windows: &[Vec<Vec<u16>>]) -> QuantizedNetwork {
    let topology = Topology::load("T1").expect("shipped");
    let mut network = Network::new(&topology, N_CHANNELS, 3, 1.0, 8, 7).expect("sizes are fine");
    let samples: Vec<_> = windows.iter().map(|ticks| TrainingSample { ticks, class: 0 }).collect();
    network.calibrate(&samples, 0.05);
    network.quantize()
}

#[test]
fn scores_spikes_and_events_are_those_of_the_reference_model() {
    let windows = windows();
    let network = network(&windows);
    let (image, placement) = compile(&network.lower(), &ECP5_85F.configuration, None).expect("fits");
    let mut core = Core::from_image(&image.encode().expect("a valid image")).expect("a valid image");
    let mut observer = Observer::new(&network);
    let mut n_spikes = 0;
    for ticks in &windows {
        let activity = observer.run(ticks);
        core.restart();
        let mut n_events = 0;
        for (tick, channels) in ticks.iter().enumerate() {
            let outcome = core.tick(channels).expect("channels of the network");
            assert_eq!(activity.scores[tick], outcome.scores);
            let mut ids: Vec<u16> =
                activity.spikes[tick].iter().map(|&neuron| placement.id_of[usize::from(neuron)] as u16).collect();
            ids.sort_unstable();
            assert_eq!(ids, outcome.spikes);
            assert_eq!(activity.input_events[tick] + activity.neuron_events[tick], u64::from(outcome.synaptic_events));
            n_events += u64::from(outcome.synaptic_events);
            assert_eq!(activity.events_until(tick), n_events);
            n_spikes += outcome.spikes.len();
        }
        assert_eq!(activity.scores, scores(&network, ticks));
    }
    assert!(n_spikes > 1000, "{n_spikes}: enough to compare");
}

#[test]
fn fan_out_counts_every_synapse_of_the_image() {
    let network = network(&windows());
    let observer = Observer::new(&network);
    let (image, _) = compile(&network.lower(), &ECP5_85F.configuration, None).expect("fits");
    assert_eq!(observer.fan_out().len(), network.layout.n_pre());
    assert_eq!(observer.fan_out().iter().sum::<u64>(), image.n_synapses() as u64);
}

#[test]
fn forced_spikes_reach_their_targets_a_tick_later_and_leave_their_neuron_alone() {
    let windows = windows();
    let network = network(&windows);
    let mut observer = Observer::new(&network);
    let silence = vec![Vec::new(); 4];
    let quiet = observer.run(&silence);
    assert!(quiet.spikes.iter().all(Vec::is_empty) && quiet.scores.iter().flatten().all(|&score| score == 0));
    // A motoneuron, which projects to every class.
    let neuron = (network.layout.n_neurons - 1) as u16;
    let forced = observer.run_forced(&silence, &[vec![], vec![neuron]]);
    assert_eq!(forced.spikes[1], [neuron]);
    assert_eq!(forced.scores[1], [0; 3]);
    let row = (network.layout.n_channels + usize::from(neuron)) * network.layout.n_post();
    let weights = &network.weights[row..row + network.layout.n_post()];
    assert_eq!(forced.scores[2], weights[network.layout.n_neurons..]);
    assert_eq!(forced.neuron_events[..3], [0, 0, observer.fan_out()[network.layout.n_channels + usize::from(neuron)]]);
    let noise = neuron_noise(N_TICKS, network.layout.n_neurons, 0.05, 1).expect("a probability");
    let noisy = observer.run_forced(&windows[0], &noise);
    let all_there = |(spikes, forced): (&Vec<u16>, &Vec<u16>)| forced.iter().all(|neuron| spikes.contains(neuron));
    assert!(noisy.spikes.iter().zip(&noise).all(all_there));
    assert_ne!(noisy.scores, observer.run(&windows[0]).scores);
    assert_eq!(observer.run_forced(&windows[0], &[]), observer.run(&windows[0]), "noise does not outlive its window");
}
