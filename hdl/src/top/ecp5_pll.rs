//! The PLL of the ECP5: its dividers for a clock, and its Verilog.

use std::ops::RangeInclusive;

/// Ranges of the ECP5 family data sheet (sysCLOCK PLL timing).
const INPUT_HZ: RangeInclusive<u64> = 8_000_000..=400_000_000;
const PHASE_DETECTOR_HZ: RangeInclusive<u64> = 10_000_000..=400_000_000;
const OSCILLATOR_HZ: RangeInclusive<u64> = 400_000_000..=800_000_000;
const OUTPUT_HZ: RangeInclusive<u64> = 3_125_000..=400_000_000;
/// Values of dividers, by the library reference.
const DIVIDER: RangeInclusive<u64> = 1..=128;
const FEEDBACK_DIVIDER: RangeInclusive<u64> = 1..=80;
/// The preferred frequency of the voltage-controlled oscillator.
const OSCILLATOR_MIDDLE_HZ: u64 = 600_000_000;

/// Dividers. The first output closes the loop, the second is the clock, so that the two may differ:
/// `oscillator = input / reference * feedback * first`, `output = oscillator / second`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ecp5Pll {
    /// Of the input.
    pub reference: u64,
    /// Of the first output, before it is compared with the input.
    pub feedback: u64,
    /// Of the oscillator for the first output.
    pub first: u64,
    /// Of the oscillator for the second output.
    pub second: u64,
}

impl Ecp5Pll {
    /// The dividers that make exactly `output_hz` from `input_hz`; `None` if no setting within the ranges does.
    #[must_use]
    pub fn new(input_hz: u32, output_hz: u32) -> Option<Self> {
        let (input_hz, output_hz) = (u64::from(input_hz), u64::from(output_hz));
        if !INPUT_HZ.contains(&input_hz) || !OUTPUT_HZ.contains(&output_hz) {
            return None;
        }
        // Comparisons are of products, so that nothing is rounded.
        let references = DIVIDER.filter(|reference| {
            (PHASE_DETECTOR_HZ.start() * reference..=PHASE_DETECTOR_HZ.end() * reference).contains(&input_hz)
        });
        let settings = references.flat_map(|reference| DIVIDER.map(move |second| (reference, second)));
        settings
            .filter(|(_, second)| OSCILLATOR_HZ.contains(&(output_hz * second)))
            .filter_map(|(reference, second)| {
                let vco_hz = output_hz * second;
                let (multiple, rest) = (vco_hz * reference / input_hz, vco_hz * reference % input_hz);
                let first = DIVIDER
                    .filter(|first| rest == 0 && multiple % first == 0)
                    .filter(|first| FEEDBACK_DIVIDER.contains(&(multiple / first)))
                    .filter(|first| (OUTPUT_HZ.start() * first..=OUTPUT_HZ.end() * first).contains(&vco_hz))
                    .min_by_key(|first| first.abs_diff(second))?;
                let pll = Self { reference, feedback: multiple / first, first, second };
                Some((vco_hz.abs_diff(OSCILLATOR_MIDDLE_HZ), reference, pll))
            })
            .min_by_key(|(off, reference, _)| (*off, *reference))
            .map(|(_, _, pll)| pll)
    }

    /// Verilog that makes `clock` from `oscillator`: a gate opens between two edges once the PLL has locked.
    #[must_use]
    pub fn verilog(&self) -> String {
        let Self { reference, feedback, first, second } = self;
        // One less than the divider means no phase shift.
        let (first_phase, second_phase) = (first - 1, second - 1);
        format!(
            "\
wire compared;
wire made;
wire lock;
(* ICP_CURRENT=\"12\", LPF_RESISTOR=\"8\", MFG_ENABLE_FILTEROPAMP=\"1\", MFG_GMCREF_SEL=\"2\" *)
EHXPLLL #(
    .PLLRST_ENA(\"DISABLED\"),
    .INTFB_WAKE(\"DISABLED\"),
    .STDBY_ENABLE(\"DISABLED\"),
    .DPHASE_SOURCE(\"DISABLED\"),
    .OUTDIVIDER_MUXA(\"DIVA\"),
    .OUTDIVIDER_MUXB(\"DIVB\"),
    .CLKI_DIV({reference}),
    .CLKFB_DIV({feedback}),
    .FEEDBK_PATH(\"CLKOP\"),
    .CLKOP_ENABLE(\"ENABLED\"),
    .CLKOP_DIV({first}),
    .CLKOP_CPHASE({first_phase}),
    .CLKOP_FPHASE(0),
    .CLKOS_ENABLE(\"ENABLED\"),
    .CLKOS_DIV({second}),
    .CLKOS_CPHASE({second_phase}),
    .CLKOS_FPHASE(0)
) pll (
    .CLKI(oscillator),
    .CLKFB(compared),
    .CLKOP(compared),
    .CLKOS(made),
    .LOCK(lock),
    .RST(1'b0),
    .STDBY(1'b0),
    .PHASESEL0(1'b0),
    .PHASESEL1(1'b0),
    .PHASEDIR(1'b1),
    .PHASESTEP(1'b1),
    .PHASELOADREG(1'b1),
    .PLLWAKESYNC(1'b0),
    .ENCLKOP(1'b0),
    .ENCLKOS(1'b0)
);
reg [1:0] locked = 0;
always @(posedge made) locked <= {{locked[0], lock}};
DCCA gate (.CLKI(made), .CE(locked[1]), .CLKO(clock));"
        )
    }
}
