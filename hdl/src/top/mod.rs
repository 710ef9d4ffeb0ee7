//! The whole chip of a board: clock, core, LEDs, pins.

pub mod clock_source;
pub mod constraints;
pub mod ecp5_pll;
pub mod ice40_pll;
pub mod lights;

use rust_hdl::prelude::*;
use spec::board::Light;

use self::clock_source::ClockSource;
use self::lights::Lights;
use crate::board::{Board, BoardSettings};
use crate::emit::{EmitError, verilog};
use crate::setting::Setting;

/// Name of the top module.
pub const TOP: &str = "top";

/// The top module of a board's bitstream.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `oscillator` | in | 1 | pin |
/// | `rx`, `tx` | in, out | 1 | serial line; `rx` is asynchronous, its receiver synchronizes it |
/// | `leds` | out | 1 each | LEDs of `spec::board`, in its order and polarity |
/// | `hold_high` | out | 1 each | pins that `spec::board` holds high, in its order |
///
/// It contains a [`Board`], which is simulated and tested without it; [`ClockSource`] makes the clock.
#[derive(LogicBlock, Default)]
pub struct Top {
    pub oscillator: Signal<In, Clock>,
    pub rx: Signal<In, Bit>,
    pub tx: Signal<Out, Bit>,
    pub leds: Vec<Signal<Out, Bit>>,
    pub hold_high: Vec<Signal<Out, Bit>>,

    clock_source: ClockSource,
    board: Board,
    lights: Lights,

    /// The active lights, a bit each.
    lit: Signal<Local, Bits<4>>,
    lit_life: Signal<Local, Bits<4>>,
    lit_ticks: Signal<Local, Bits<4>>,
    lit_errors: Signal<Local, Bits<4>>,
    lit_loaded: Signal<Local, Bits<4>>,
    is_off: Vec<Signal<Local, Bit>>,
    of_life: Setting<Bits<4>>,
    of_ticks: Setting<Bits<4>>,
    of_errors: Setting<Bits<4>>,
    of_loaded: Setting<Bits<4>>,
    shows: Vec<Setting<Bits<4>>>,
    active_low: Setting<Bit>,
    _n_leds: usize,
    _n_held: usize,
}

impl Top {
    /// The top module of a board.
    ///
    /// # Panics
    /// If the chip's PLL cannot make the clock, or the sizes of the core cannot be built.
    #[must_use]
    pub fn new(board: &spec::board::Board) -> Self {
        let (n_leds, n_held) = (board.pins.leds.len(), board.pins.hold_high.len());
        Self {
            leds: vec![Signal::default(); n_leds],
            hold_high: vec![Signal::default(); n_held],
            clock_source: ClockSource::new(board),
            board: Board::new(&BoardSettings::of(board)),
            lights: Lights::new(board.clock_hz),
            is_off: vec![Signal::default(); n_leds],
            of_life: Setting::new(bit_of(Light::Life)),
            of_ticks: Setting::new(bit_of(Light::Ticks)),
            of_errors: Setting::new(bit_of(Light::LinkError)),
            of_loaded: Setting::new(bit_of(Light::Loaded)),
            shows: board.pins.leds.iter().map(|led| Setting::new(bit_of(led.shows))).collect(),
            active_low: Setting::new(board.pins.leds_active_low),
            _n_leds: n_leds,
            _n_held: n_held,
            ..Default::default()
        }
    }

    /// The Verilog of a board's top module, which is called [`TOP`].
    ///
    /// # Errors
    /// The faults that the lint finds.
    ///
    /// # Panics
    /// As [`Top::new`].
    pub fn verilog(board: &spec::board::Board) -> Result<String, EmitError> {
        let mut top = Self::new(board);
        top.connect_all();
        verilog(&top, TOP)
    }
}

fn bit_of(light: Light) -> u64 {
    1 << light as u64
}

impl Logic for Top {
    #[hdl_gen]
    fn update(&mut self) {
        self.clock_source.oscillator.next = self.oscillator.val();
        self.board.clock.next = self.clock_source.clock.val();
        self.lights.clock.next = self.clock_source.clock.val();
        self.board.rx.next = self.rx.val();
        self.tx.next = self.board.tx.val();
        self.lights.ticked.next = self.board.ticked.val();
        self.lights.link_error.next = self.board.link_error.val();

        self.lit_life.next = 0.into();
        self.lit_ticks.next = 0.into();
        self.lit_errors.next = 0.into();
        self.lit_loaded.next = 0.into();
        if self.lights.life.val() {
            self.lit_life.next = self.of_life.val();
        }
        if self.lights.ticks.val() {
            self.lit_ticks.next = self.of_ticks.val();
        }
        if self.lights.link_errors.val() {
            self.lit_errors.next = self.of_errors.val();
        }
        if self.board.loaded.val() {
            self.lit_loaded.next = self.of_loaded.val();
        }
        self.lit.next = (self.lit_life.val() | self.lit_ticks.val()) | (self.lit_errors.val() | self.lit_loaded.val());
        for i in 0..self._n_leds {
            self.is_off[i].next = (self.lit.val() & self.shows[i].val()) != self.shows[i].val();
            self.leds[i].next =
                (self.is_off[i].val() & self.active_low.val()) | (!self.is_off[i].val() & !self.active_low.val());
        }
        for i in 0..self._n_held {
            self.hold_high[i].next = true;
        }
    }
}
