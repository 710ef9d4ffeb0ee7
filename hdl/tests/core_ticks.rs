//! The core in rust-hdl's own simulation against the reference model: the same struct that becomes Verilog.

use hdl::core::Core;
use hdl::technology::Technology;
use model::network::{Network, NetworkSynapse};
use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;
use spec::core::MEMORY_READ_CYCLES;
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{NetworkImage, Neuron, SectionKind};
use spec::lif::{NeuronParameters, ResetMode};

const CORE: CoreConfiguration = CoreConfiguration {
    lanes: 2,
    neurons_per_lane: 16,
    channels: 16,
    synapse_words_per_lane: 256,
    readouts: 4,
    replay_frames: 4,
};

struct Bench {
    core: Core,
    cycle: u64,
}

impl Bench {
    fn new() -> Self {
        let mut core = Core::new(&CORE, Technology::Ecp5);
        core.connect_all();
        let mut bench = Self { core, cycle: 0 };
        bench.settle();
        bench
    }

    fn settle(&mut self) {
        for _ in 0..100 {
            self.core.update_all();
            if !self.core.has_changed() {
                return;
            }
        }
        panic!("does not settle");
    }

    fn clock(&mut self) {
        self.settle();
        self.core.clock.next = true.into();
        self.settle();
        self.core.clock.next = false.into();
        self.settle();
        self.cycle += 1;
    }

    fn load(&mut self, image: &NetworkImage) {
        self.core.n_channels.next = u64::from(image.n_channels).into();
        self.core.n_neurons.next = (image.neurons.len() as u64).into();
        self.core.n_readouts.next = (image.n_readouts() as u64).into();
        self.core.forget.next = true;
        self.clock();
        self.core.forget.next = false;
        for lane in 0..image.lanes.len() as u8 {
            for kind in SectionKind::ALL {
                for (address, word) in image.section_words(kind, lane).into_iter().enumerate() {
                    self.core.write.next = true;
                    self.core.write_kind.next = (kind as u64).into();
                    self.core.write_lane.next = u64::from(lane).into();
                    self.core.write_address.next = (address as u64).into();
                    self.core.write_data.next = u64::from(word).into();
                    self.clock();
                    self.core.write.next = false;
                    self.clock();
                }
            }
        }
        for lane in 0..image.lanes.len() as u8 {
            for kind in SectionKind::ALL {
                for (address, word) in image.section_words(kind, lane).into_iter().enumerate() {
                    self.core.reading.next = true;
                    self.core.read_kind.next = (kind as u64).into();
                    self.core.read_lane.next = u64::from(lane).into();
                    self.core.read_address.next = (address as u64).into();
                    for _ in 0..MEMORY_READ_CYCLES {
                        self.clock();
                    }
                    assert_eq!(self.core.read_data.val().to_u16(), word, "lane {lane} {kind:?} {address}");
                }
            }
        }
        self.core.reading.next = false;
        self.restart();
    }

    fn restart(&mut self) {
        self.core.restart.next = true;
        self.clock();
        self.core.restart.next = false;
        self.settle();
        while self.core.busy.val() {
            self.clock();
        }
    }

    fn tick(&mut self, channels: &[u16]) -> (u8, u16, u32, u32, Vec<i16>) {
        for channel in channels {
            self.core.channel.next = u64::from(*channel).into();
            self.core.event_valid.next = true;
            self.settle();
            while !self.core.event_ready.val() {
                self.clock();
            }
            self.clock();
        }
        self.core.event_valid.next = false;
        self.core.start.next = true;
        self.clock();
        self.core.start.next = false;
        self.settle();
        let mut guard = 0;
        while !self.core.done.val() {
            self.clock();
            guard += 1;
            assert!(guard < 2000, "the tick does not end");
        }
        self.clock();
        let n_readouts = self.core.n_readouts.val().to_u8();
        let scores = (0..n_readouts)
            .map(|class| {
                self.core.score_class.next = u64::from(class).into();
                self.clock();
                self.clock();
                self.core.read_data.val().to_u16() as i16
            })
            .collect();
        (
            self.core.decision.val().to_u8(),
            self.core.n_spikes.val().to_u16(),
            self.core.synaptic_events.val().to_u32(),
            self.core.tick_cycles.val().to_u32(),
            scores,
        )
    }
}

fn network(seed: u64, n_neurons: u16, n_channels: u16, n_synapses: usize) -> Network {
    let mut x = seed;
    let mut next = move |below: u64| {
        x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (x >> 33) % below
    };
    let neurons = (0..n_neurons)
        .map(|id| Neuron {
            parameters: NeuronParameters {
                synaptic_decay: next(u64::from(DECAY_ONE_RAW) + 1) as u16,
                membrane_decay: next(u64::from(DECAY_ONE_RAW) + 1) as u16,
                adaptation_decay: next(u64::from(DECAY_ONE_RAW) + 1) as u16,
                threshold: 1 + next(200) as i16,
                adaptation_increment: next(100) as i16,
                bias: next(21) as i16 - 10,
                refractory_ticks: next(4) as u8,
                reset_mode: if next(2) == 0 { ResetMode::ToZero } else { ResetMode::Subtract },
                never_fires: next(8) == 0,
            },
            readout: (id < 3).then(|| (2 - id) as u8),
        })
        .collect();
    let synapses = (0..n_synapses)
        .map(|_| NetworkSynapse {
            row: next(u64::from(n_channels + n_neurons)) as u16,
            post_neuron: next(u64::from(n_neurons)) as u16,
            weight: (next(256) as i64 - 128) as i8,
        })
        .collect();
    Network { n_channels, neurons, synapses }
}

#[test]
fn ticks_of_the_core_are_those_of_the_model() {
    for (seed, n_neurons, n_channels, n_synapses) in [(1, 9, 5, 60), (2, 32, 16, 300), (3, 3, 1, 4)] {
        let image = network(seed, n_neurons, n_channels, n_synapses).lay_out(CORE.lanes);
        let mut model = model::Core::from_image(&image.encode().unwrap()).unwrap();
        let mut bench = Bench::new();
        bench.load(&image);
        for tick in 0..30_u32 {
            if tick == 17 {
                bench.restart();
                model.restart();
            }
            let channels: Vec<u16> =
                (0..n_channels).filter(|channel| (tick * 7 + u32::from(*channel) * 5) % 3 == 0).collect();
            let expected = model.tick(&channels).unwrap();
            let (class, n_spikes, synaptic_events, cycles, scores) = bench.tick(&channels);
            assert_eq!(scores, expected.scores, "seed {seed} tick {tick}");
            assert_eq!(usize::from(n_spikes), expected.spikes.len());
            assert_eq!((class, synaptic_events), (expected.class, expected.synaptic_events));
            println!("{seed} {tick}: {cycles} cycles, {synaptic_events} events");
        }
    }
}
