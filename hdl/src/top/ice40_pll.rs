//! The PLL of the iCE40: its dividers for a clock, and its Verilog.

use std::ops::RangeInclusive;

/// Ranges of the iCE40 family data sheet (sysCLOCK PLL timing).
const INPUT_HZ: RangeInclusive<u64> = 10_000_000..=133_000_000;
const PHASE_DETECTOR_HZ: RangeInclusive<u64> = 10_000_000..=133_000_000;
const OSCILLATOR_HZ: RangeInclusive<u64> = 533_000_000..=1_066_000_000;
const OUTPUT_HZ: RangeInclusive<u64> = 16_000_000..=275_000_000;
/// The preferred frequency of the voltage-controlled oscillator.
const OSCILLATOR_MIDDLE_HZ: u64 = 800_000_000;

/// The pin of package sg48 that is a PLL input; used otherwise, it would occupy the PLL.
const PLL_PIN: &str = "35";

/// Dividers as in the parameters of the cell: `output = input * (divf + 1) / (divr + 1) / 2^divq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ice40Pll {
    /// Of the input, less one.
    pub divr: u64,
    /// Of the feedback, less one.
    pub divf: u64,
    /// Of the output, a power of two.
    pub divq: u64,
    /// Filter for the frequency of the phase detector.
    pub filter_range: u64,
}

impl Ice40Pll {
    /// The dividers that make exactly `output_hz` from `input_hz`; `None` if no setting within the ranges does.
    #[must_use]
    pub fn new(input_hz: u32, output_hz: u32) -> Option<Self> {
        let (input_hz, output_hz) = (u64::from(input_hz), u64::from(output_hz));
        if !INPUT_HZ.contains(&input_hz) || !OUTPUT_HZ.contains(&output_hz) {
            return None;
        }
        let settings = (0..16).flat_map(|divr| (1..=6).map(move |divq| (divr, divq)));
        settings
            .filter_map(|(divr, divq)| {
                let vco_hz = output_hz << divq;
                let feedback = vco_hz * (divr + 1);
                let is_exact = feedback % input_hz == 0 && (1..=128).contains(&(feedback / input_hz));
                // As products, so that nothing is rounded.
                let (least, most) = (PHASE_DETECTOR_HZ.start() * (divr + 1), PHASE_DETECTOR_HZ.end() * (divr + 1));
                let is_within = (least..=most).contains(&input_hz) && OSCILLATOR_HZ.contains(&vco_hz);
                (is_exact && is_within).then(|| {
                    let filter_range = filter_range(input_hz / (divr + 1));
                    let pll = Self { divr, divf: feedback / input_hz - 1, divq, filter_range };
                    (divr, vco_hz.abs_diff(OSCILLATOR_MIDDLE_HZ), pll)
                })
            })
            .min_by_key(|(divr, off, _)| (*divr, *off))
            .map(|(_, _, pll)| pll)
    }

    /// Verilog that makes `clock` from `oscillator`, at half the frequency of the PLL: a register that toggles once the PLL has
    /// locked, so that the clock starts without a glitch.
    #[must_use]
    pub fn verilog(&self, oscillator_pin: &str) -> String {
        let (cell, input) =
            if oscillator_pin == PLL_PIN { ("SB_PLL40_PAD", "PACKAGEPIN") } else { ("SB_PLL40_CORE", "REFERENCECLK") };
        let Self { divr, divf, divq, filter_range } = self;
        format!(
            "\
wire twice;
wire lock;
{cell} #(
    .FEEDBACK_PATH(\"SIMPLE\"),
    .DIVR(4'd{divr}),
    .DIVF(7'd{divf}),
    .DIVQ(3'd{divq}),
    .FILTER_RANGE(3'd{filter_range})
) pll (
    .{input}(oscillator),
    .PLLOUTCORE(twice),
    .LOCK(lock),
    .RESETB(1'b1),
    .BYPASS(1'b0)
);
reg [1:0] locked = 0;
reg half = 0;
always @(posedge twice) begin
    locked <= {{locked[0], lock}};
    if (locked[1]) half <= ~half;
end
SB_GB buffer (.USER_SIGNAL_TO_GLOBAL_BUFFER(half), .GLOBAL_BUFFER_OUTPUT(clock));"
        )
    }
}

/// The filter that suits a frequency of the phase detector, as in the family's tools.
fn filter_range(detector_hz: u64) -> u64 {
    let bounds = [17_000_000, 26_000_000, 44_000_000, 66_000_000, 101_000_000];
    1 + bounds.iter().filter(|&&bound| detector_hz >= bound).count() as u64
}
