//! The same block in rust-hdl's own simulator and as a Verilator model, cycle by cycle.

use crate::blocks::Arithmetic;
use crate::networks::{RandomNetwork, events};
use ::model::network::{Network, NetworkSynapse};
use cosim::core_pins::{CoreTop, MemoryPlace, MemoryWord};
use cosim::lockstep::words;
use cosim::model::CoreSmall;
use cosim::{Simulator, model};
use hdl::core::Core;
use hdl::fifo::Fifo;
use hdl::ram::RamStyle;
use hdl::technology::Technology;
use hdl::testbench::{connected, cycle, settle};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::*;
use spec::core::MEMORY_READ_CYCLES;
use spec::image::{NetworkImage, Neuron};
use spec::lif::{NeuronParameters, ResetMode};
use spec::trace::NeuronUpdate;

const N_CYCLES: usize = 3_000;

/// A random value, often an extreme one.
fn corner(random: &mut ChaCha8Rng, bits: u32) -> u64 {
    let greatest = u64::MAX >> (64 - bits);
    match random.random_range(0..8) {
        0 => 0,
        1 => greatest,
        2 => greatest / 2,
        3 => greatest / 2 + 1,
        4 => 1,
        _ => random.next_u64() & greatest,
    }
}

fn signed_16(raw: u64) -> i16 {
    (raw as u16).cast_signed()
}

#[test]
fn arithmetic_is_the_same_in_both() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut rust = connected(Arithmetic::new());
    let mut verilog = Simulator::<model::Arithmetic>::new();
    for number in 0..N_CYCLES {
        let [a, b] = [(); 2].map(|()| corner(&mut random, 8));
        let [x, y] = [(); 2].map(|()| signed_16(corner(&mut random, 16)));
        let many = [(); 3].map(|()| corner(&mut random, 12));
        let wide = [(); 3].map(|()| corner(&mut random, 32) as u32);
        let flag = random.random();
        rust.a.next = a.into();
        rust.b.next = b.into();
        rust.x.next = i64::from(x).into();
        rust.y.next = i64::from(y).into();
        rust.flag.next = flag;
        rust.wide_in.next = u128_of(wide).to_bits();
        verilog.set_a(a as u8);
        verilog.set_b(b as u8);
        verilog.set_x(x);
        verilog.set_y(y);
        verilog.set_flag(flag);
        verilog.set_wide_in(wide);
        for (at, value) in many.into_iter().enumerate() {
            rust.many_in[at].next = value.into();
            verilog.set_many_in(at, value as u16);
        }
        settle(&mut rust);
        verilog.evaluate();

        let at = format!("cycle {number}: {a} {b} {x} {y} {flag} {many:?}");
        assert_eq!(rust.carry.val(), u64::from(verilog.carry()), "{at}");
        assert_eq!(rust.shifted.val(), u64::from(verilog.shifted()), "{at}");
        assert_eq!(rust.replaced.val(), u64::from(verilog.replaced()), "{at}");
        assert_eq!(rust.conditions.val(), u64::from(verilog.conditions()), "{at}");
        assert_eq!(rust.product.val(), i64::from(verilog.product()).into(), "{at}");
        assert_eq!(verilog.product(), i32::from(x) * i32::from(y), "{at}");
        assert_eq!(rust.saturated.val(), i64::from(verilog.saturated()).into(), "{at}");
        assert_eq!(verilog.saturated(), x.saturating_add(y), "{at}");
        assert_eq!(rust.is_less.val(), verilog.is_less(), "{at}");
        assert_eq!(rust.wide_out.val(), u128_of(verilog.wide_out()).to_bits::<96>(), "{at}");
        assert_eq!(rust.doubled.val(), verilog.doubled(), "{at}");
        for (index, many_out) in rust.many_out.iter().enumerate() {
            assert_eq!(many_out.val(), u64::from(verilog.many_out(index)), "{at}");
        }

        cycle(&mut rust, |rust| &mut rust.clock);
        verilog.step(1);
    }
}

fn u128_of(words: [u32; 3]) -> u128 {
    words.iter().rev().fold(0, |value, &word| value << 32 | u128::from(word))
}

#[test]
fn a_queue_is_the_same_in_both() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut rust = connected(Fifo::<4, 16>::new(RamStyle::Block));
    let mut verilog = Simulator::<model::Fifo>::new();
    let mut n_words = 0;
    for number in 0..N_CYCLES {
        // Phases that fill it and phases that empty it.
        let eagerness = if number % 200 < 100 { 0.8 } else { 0.3 };
        let write = random.random_bool(eagerness) && !verilog.full();
        let read = random.random_bool(0.5) && verilog.valid();
        let word = random.random::<u16>();
        let clear = random.random_bool(0.01);
        rust.write.next = write;
        rust.read.next = read;
        rust.clear.next = clear;
        rust.data_in.next = u64::from(word).into();
        verilog.set_write(write);
        verilog.set_read(read);
        verilog.set_clear(clear);
        verilog.set_data_in(word);
        cycle(&mut rust, |rust| &mut rust.clock);
        verilog.step(1);
        assert_eq!((rust.full.val(), rust.valid.val()), (verilog.full(), verilog.valid()), "cycle {number}");
        if verilog.valid() {
            assert_eq!(rust.data_out.val(), u64::from(verilog.data_out()), "cycle {number}");
        }
        n_words += u32::from(read);
    }
    assert!(n_words > 500, "{n_words} words went through");
}

/// A small core in both simulators.
struct Cores {
    rust: Core,
    verilog: Simulator<CoreSmall>,
    n_cycles: usize,
    /// Neuron updates compared.
    n_updates: usize,
}

impl Cores {
    fn new() -> Self {
        let rust = connected(Core::new(&CoreSmall::CONFIGURATION, Technology::Ecp5));
        Self { rust, verilog: Simulator::new(), n_cycles: 0, n_updates: 0 }
    }

    /// Updates the outputs from the inputs, and compares them.
    fn compare(&mut self) {
        settle(&mut self.rust);
        self.verilog.evaluate();
        let (rust, verilog) = (&self.rust, &self.verilog);
        let found = [
            u64::from(verilog.event_ready()),
            verilog.busy().into(),
            verilog.done().into(),
            verilog.delivering().into(),
            verilog.decision().into(),
            verilog.n_spikes().into(),
            verilog.synaptic_events().into(),
            verilog.tick_cycles().into(),
        ];
        let expected = [
            u64::from(rust.event_ready.val()),
            rust.busy.val().into(),
            rust.done.val().into(),
            rust.delivering.val().into(),
            rust.decision.val().to_u64(),
            rust.n_spikes.val().to_u64(),
            rust.synaptic_events.val().to_u64(),
            rust.tick_cycles.val().to_u64(),
        ];
        assert_eq!(found, expected, "cycle {}", self.n_cycles);
        for (lane, trace) in rust.trace.iter().enumerate() {
            let expected = NeuronUpdate::from_word(trace.val().to_u64());
            let found = NeuronUpdate::from_word(verilog.trace(lane));
            assert_eq!(found, expected, "cycle {}, lane {lane}", self.n_cycles);
            self.n_updates += usize::from(expected.is_some());
        }
    }

    fn cycle(&mut self) {
        cycle(&mut self.rust, |rust| &mut rust.clock);
        self.verilog.step(1);
        self.n_cycles += 1;
        self.compare();
    }

    fn load(&mut self, image: &NetworkImage) {
        let (n_channels, n_neurons, n_readouts) = (image.n_channels, image.neurons.len(), image.n_readouts());
        self.rust.n_channels.next = u64::from(n_channels).into();
        self.rust.n_neurons.next = (n_neurons as u64).into();
        self.rust.n_readouts.next = (n_readouts as u64).into();
        CoreSmall::set_sizes(&mut self.verilog, n_channels, n_neurons as u16, n_readouts as u8);
        self.pulse(|rust| &mut rust.forget, CoreSmall::set_forget);
        words(image).for_each(|word| self.write(word));
        words(image).for_each(|word| self.read(word));
        self.restart();
    }

    fn write(&mut self, word: MemoryWord) {
        let MemoryPlace { kind, lane, address } = word.place;
        self.rust.write_kind.next = u64::from(kind).into();
        self.rust.write_lane.next = u64::from(lane).into();
        self.rust.write_address.next = u64::from(address).into();
        self.rust.write_data.next = u64::from(word.data).into();
        self.pulse(|rust| &mut rust.write, |verilog, level| CoreSmall::set_write(verilog, level.then_some(word)));
        self.cycle();
    }

    fn read(&mut self, word: MemoryWord) {
        let MemoryPlace { kind, lane, address } = word.place;
        self.rust.read_kind.next = u64::from(kind).into();
        self.rust.read_lane.next = u64::from(lane).into();
        self.rust.read_address.next = u64::from(address).into();
        self.rust.reading.next = true;
        CoreSmall::set_read(&mut self.verilog, Some(word.place));
        for _ in 0..MEMORY_READ_CYCLES {
            self.cycle();
        }
        self.rust.reading.next = false;
        CoreSmall::set_read(&mut self.verilog, None);
        let found = self.read_data();
        assert_eq!(found, (word.data, word.data), "{:?}", word.place);
    }

    fn read_data(&self) -> (u16, u16) {
        (self.rust.read_data.val().to_u16(), self.verilog.read_data())
    }

    /// An input that is high for a cycle.
    fn pulse(
        &mut self,
        rust: impl Fn(&mut Core) -> &mut Signal<In, Bit>,
        verilog: impl Fn(&mut Simulator<CoreSmall>, bool),
    ) {
        for level in [true, false] {
            rust(&mut self.rust).next = level;
            verilog(&mut self.verilog, level);
            if level {
                self.cycle();
            }
        }
        self.compare();
    }

    fn restart(&mut self) {
        self.pulse(|rust| &mut rust.restart, CoreSmall::set_restart);
        while self.verilog.busy() {
            self.cycle();
        }
    }

    fn tick(&mut self, channels: &[u16]) {
        for channel in channels.iter().map(|channel| Some(*channel)).chain([None]) {
            self.rust.channel.next = u64::from(channel.unwrap_or(0)).into();
            self.rust.event_valid.next = channel.is_some();
            CoreSmall::set_event(&mut self.verilog, channel);
            self.compare();
            while channel.is_some() && !self.verilog.event_ready() {
                self.cycle();
            }
            if channel.is_some() {
                self.cycle();
            }
        }
        self.pulse(|rust| &mut rust.start, CoreSmall::set_start);
        while !self.verilog.done() {
            self.cycle();
        }
        self.cycle();
        for class in 0..CoreSmall::CONFIGURATION.readouts {
            self.rust.score_class.next = u64::from(class).into();
            CoreSmall::set_score_class(&mut self.verilog, class);
            self.cycle();
            self.cycle();
            let (rust, verilog) = self.read_data();
            assert_eq!(rust, verilog, "score of class {class}, cycle {}", self.n_cycles);
        }
    }
}

#[test]
fn a_core_is_the_same_in_both() {
    let mut cores = Cores::new();
    for (seed, share) in [(1, 0.3), (2, 1.0)] {
        let random =
            RandomNetwork { seed, neurons: share, channels: share, synapses: share, empty_rows: 0.2, extremes: 0.2 };
        let image = random.image(&CoreSmall::CONFIGURATION);
        cores.load(&image);
        for (tick, channels) in events(seed, image.n_channels, 30).iter().enumerate() {
            if tick == 20 {
                cores.restart();
            }
            cores.tick(channels);
        }
    }
    assert!(cores.n_updates > 1_000, "{} updates", cores.n_updates);
}

/// Neurons that fire with any input or, with a bias, in every tick.
fn eager(bias: i16) -> NeuronParameters {
    NeuronParameters {
        synaptic_decay: 0,
        membrane_decay: 0,
        adaptation_decay: 0,
        threshold: 50,
        adaptation_increment: 0,
        bias,
        refractory_ticks: 0,
        reset_mode: ResetMode::ToZero,
        never_fires: false,
    }
}

#[test]
fn a_lone_spike_is_the_same_in_both() {
    // Every event makes one neuron fire, whose spike has a synapse on one lane only.
    let parameters = eager(0);
    let lanes = u16::from(CoreSmall::CONFIGURATION.lanes);
    let (n_channels, n_quiet) = (lanes * lanes, lanes);
    let neurons = (0..n_channels + n_quiet)
        .map(|id| Neuron { parameters, readout: id.checked_sub(n_channels).filter(|id| *id == 0).map(|_| 0) })
        .collect();
    let fires = |id| NetworkSynapse { row: id, post_neuron: id, weight: 100 };
    let ends = |id| NetworkSynapse { row: n_channels + id, post_neuron: n_channels + id / lanes, weight: 1 };
    let synapses = (0..n_channels).map(fires).chain((0..n_channels).map(ends)).collect();
    let network = Network { n_channels, neurons, synapses };
    let mut cores = Cores::new();
    cores.load(&network.lay_out(lanes as u8));
    for channel in 0..n_channels {
        cores.tick(&[channel]);
        assert_eq!(cores.verilog.n_spikes(), 1, "channel {channel}");
        cores.tick(&[]);
    }
}

#[test]
fn a_crowd_of_events_is_the_same_in_both() {
    // Spikes of the last tick come first, so that every event waits; the queues wrap differently every time.
    let core = CoreSmall::CONFIGURATION;
    let (n_channels, n_neurons) = (core.channels, core.neurons() as u16);
    let neurons =
        (0..n_neurons).map(|id| Neuron { parameters: eager(20_000), readout: (id == 0).then_some(0) }).collect();
    let pairs = (0..n_neurons).flat_map(|row| (0..n_neurons).map(move |post| (row, post)));
    let synapses =
        pairs.map(|(row, post_neuron)| NetworkSynapse { row: n_channels + row, post_neuron, weight: 1 }).collect();
    let network = Network { n_channels, neurons, synapses };
    let mut cores = Cores::new();
    cores.load(&network.lay_out(core.lanes));
    let all: Vec<u16> = (0..n_channels).collect();
    for n_few in [1, 2, 4, 8, 16, 32, 5] {
        cores.tick(&all);
        cores.tick(&all[..n_few]);
        assert_eq!(cores.verilog.n_spikes(), n_neurons);
    }
}
