//! A signed multiplier with the registers of a chip's multiplier cell.

use rust_hdl::prelude::*;

use crate::technology::Technology;

/// Multiplies a pair of numbers per cycle.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `a`, `b` | in | 16, 16 | factors, signed |
/// | `product` | out | 32 | their product, signed, two cycles later |
#[derive(LogicBlock, Default)]
pub struct Multiplier {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<16>>,
    pub b: Signal<In, Bits<16>>,
    pub product: Signal<Out, Bits<32>>,
    _technology: Technology,
    _factors: (i32, i32),
}

impl Multiplier {
    /// A multiplier for a family.
    #[must_use]
    pub fn new(technology: Technology) -> Self {
        Self { _technology: technology, ..Default::default() }
    }
}

impl Logic for Multiplier {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let factor = |bits: Bits<16>| i32::from((bits.index() as u16).cast_signed());
        let product = self._factors.0 * self._factors.1;
        self.product.next = u64::from(product.cast_unsigned()).into();
        self._factors = (factor(self.a.val()), factor(self.b.val()));
    }

    fn connect(&mut self) {
        self.product.connect();
    }

    fn hdl(&self) -> Verilog {
        let cell = match self._technology {
            Technology::Ice40Up5k => SB_MAC16.to_owned(),
            Technology::Ecp5 => mult18x18d(),
            Technology::Gowin | Technology::Xilinx7 => return Verilog::Custom(REGISTERS.to_owned()),
        };
        Verilog::Custom(format!("`ifdef VERILATOR\n{REGISTERS}\n`else\n{cell}\n`endif"))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "multiplier".into(),
            clock: "clock".into(),
            inputs: vec!["a".into(), "b".into()],
            outputs: vec!["product".into()],
        }]
    }
}

/// The behavior of the cells below.
const REGISTERS: &str = "\
reg signed [15:0] factor_a, factor_b;
always @(posedge clock) begin
    factor_a <= a;
    factor_b <= b;
    product <= factor_a * factor_b;
end";

/// All registers in the cell (Lattice FPGA-TN-02007, DSP Function Usage Guide for iCE40 Devices); inferred, Yosys would place
/// them there only if every bit of the product were used.
const SB_MAC16: &str = "\
wire [31:0] result;
always @(*) product = result;
SB_MAC16 #(
    .A_REG(1'b1), .B_REG(1'b1), .A_SIGNED(1'b1), .B_SIGNED(1'b1), .PIPELINE_16x16_MULT_REG2(1'b1),
    .TOPOUTPUT_SELECT(2'b11), .BOTOUTPUT_SELECT(2'b11)
) product_of (
    .CLK(clock), .CE(1'b1), .A(a), .B(b), .C(16'b0), .D(16'b0), .O(result),
    .AHOLD(1'b0), .BHOLD(1'b0), .CHOLD(1'b0), .DHOLD(1'b0), .IRSTTOP(1'b0), .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0),
    .OLOADTOP(1'b0), .OLOADBOT(1'b0), .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0), .OHOLDTOP(1'b0), .OHOLDBOT(1'b0),
    .CI(1'b0), .ACCUMCI(1'b0), .SIGNEXTIN(1'b0)
);";

/// The product's register in the cell (Lattice FPGA-TN-02205, ECP5 sysDSP Usage Guide), where Yosys would leave it outside; the
/// factors' registers outside, since the cell may be far from their sources.
fn mult18x18d() -> String {
    let factor = |port: &str, wire: &str| -> String {
        (0..18).map(|bit| format!(".{port}{bit}({wire}[{}]), ", bit.min(15))).collect()
    };
    let result: String = (0..32).map(|bit| format!(".P{bit}(result[{bit}]), ")).collect();
    let unused: String = (0..18).map(|bit| format!(".C{bit}(1'b0), ")).collect();
    let clocks: String =
        (1..4).map(|number| format!(".CLK{number}(1'b0), .CE{number}(1'b0), .RST{number}(1'b0), ")).collect();
    format!(
        "\
reg [15:0] factor_a, factor_b;
always @(posedge clock) begin
    factor_a <= a;
    factor_b <= b;
end
wire [31:0] result;
always @(*) product = result;
MULT18X18D #(
    .REG_OUTPUT_CLK(\"CLK0\"), .GSR(\"DISABLED\")
) product_of (
    .CLK0(clock), .CE0(1'b1), .RST0(1'b0), {clocks}
    .SIGNEDA(1'b1), .SIGNEDB(1'b1), .SOURCEA(1'b0), .SOURCEB(1'b0),
    {a}
    {b}
    {unused}
    {result}
    .SIGNEDP()
);",
        a = factor("A", "factor_a"),
        b = factor("B", "factor_b"),
    )
}
