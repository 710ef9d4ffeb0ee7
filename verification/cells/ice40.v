// Models of the iCE40's PLLs, which are black boxes in Yosys (Lattice FPGA-TN-02052, iCE40 sysCLOCK PLL Design and Usage Guide):
// locked at once, the output as fast as the input, since time is counted in cycles of the output. A setting that is not
// modelled ends the simulation.

module SB_PLL40_CORE (
    input REFERENCECLK, EXTFEEDBACK, BYPASS, RESETB, LATCHINPUTVALUE, SDI, SCLK,
    input [7:0] DYNAMICDELAY,
    output PLLOUTCORE, PLLOUTGLOBAL, LOCK, SDO
);
    parameter FEEDBACK_PATH = "SIMPLE", PLLOUT_SELECT = "GENCLK", ENABLE_ICEGATE = 1'b0;
    parameter DIVR = 0, DIVF = 0, DIVQ = 0, FILTER_RANGE = 0;
    initial if (FEEDBACK_PATH != "SIMPLE" || PLLOUT_SELECT != "GENCLK" || ENABLE_ICEGATE != 0)
        $fatal(1, "SB_PLL40: this mode is not modelled");
    always @(*) if (BYPASS || !RESETB) $fatal(1, "SB_PLL40: bypass and reset are not modelled");
    assign PLLOUTCORE = REFERENCECLK;
    assign PLLOUTGLOBAL = REFERENCECLK;
    assign LOCK = 1'b1;
    assign SDO = 1'b0;
endmodule

module SB_PLL40_PAD (
    input PACKAGEPIN, EXTFEEDBACK, BYPASS, RESETB, LATCHINPUTVALUE, SDI, SCLK,
    input [7:0] DYNAMICDELAY,
    output PLLOUTCORE, PLLOUTGLOBAL, LOCK, SDO
);
    parameter FEEDBACK_PATH = "SIMPLE", PLLOUT_SELECT = "GENCLK", ENABLE_ICEGATE = 1'b0;
    parameter DIVR = 0, DIVF = 0, DIVQ = 0, FILTER_RANGE = 0;
    SB_PLL40_CORE #(
        .FEEDBACK_PATH(FEEDBACK_PATH), .PLLOUT_SELECT(PLLOUT_SELECT), .ENABLE_ICEGATE(ENABLE_ICEGATE),
        .DIVR(DIVR), .DIVF(DIVF), .DIVQ(DIVQ), .FILTER_RANGE(FILTER_RANGE)
    ) pll (
        .REFERENCECLK(PACKAGEPIN), .EXTFEEDBACK(EXTFEEDBACK), .BYPASS(BYPASS), .RESETB(RESETB),
        .LATCHINPUTVALUE(LATCHINPUTVALUE), .SDI(SDI), .SCLK(SCLK), .DYNAMICDELAY(DYNAMICDELAY),
        .PLLOUTCORE(PLLOUTCORE), .PLLOUTGLOBAL(PLLOUTGLOBAL), .LOCK(LOCK), .SDO(SDO)
    );
endmodule

// The model in Yosys has a branch for each input, which takes several times as long.
module SB_LUT4 (input I0, I1, I2, I3, output O);
    parameter [15:0] LUT_INIT = 0;
    wire [3:0] index = {I3, I2, I1, I0};
    assign O = LUT_INIT[index];
endmodule
