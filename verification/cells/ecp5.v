// Models of the ECP5 cells that are black boxes in Yosys, and of its look-up table, whose model there has a branch for each
// input, which takes several times as long. A setting that is not modelled ends the simulation.
//
// | cell | modelled | source |
// | --- | --- | --- |
// | DP16KD | every width; port A writing and port B reading 36 bits; byte enables; write modes; no output registers, no resets | Lattice FPGA-TN-02204, ECP5 and ECP5-5G Memory Usage Guide |
// | MULT18X18D | products with or without registers for factors, pipeline and product on CLK0, CE0, RST0; no cascades, no third factor | Lattice FPGA-TN-02205, ECP5 and ECP5-5G sysDSP Usage Guide |
// | EHXPLLL | locked at once, every output as fast as the input, since time is counted in cycles of the outputs | Lattice FPGA-TN-02200, ECP5 and ECP5-5G sysClock PLL/DLL Design and Usage Guide |
// | DCCA | the enable is sampled while the clock is low | the same |
//
// A word read by one port while the other writes it, which the documents leave undefined, is the complement of the old word.

module DP16KD (
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
    input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
    input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG", REGMODE_B = "NOREG", RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC";
    parameter CSDECODE_A = "0b000", CSDECODE_B = "0b000", WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL";
    parameter CLKAMUX = "CLKA", CLKBMUX = "CLKB", GSR = "ENABLED", WID = 0;
    parameter [319:0] INITVAL_00 = 0, INITVAL_01 = 0, INITVAL_02 = 0, INITVAL_03 = 0;
    parameter [319:0] INITVAL_04 = 0, INITVAL_05 = 0, INITVAL_06 = 0, INITVAL_07 = 0;
    parameter [319:0] INITVAL_08 = 0, INITVAL_09 = 0, INITVAL_0A = 0, INITVAL_0B = 0;
    parameter [319:0] INITVAL_0C = 0, INITVAL_0D = 0, INITVAL_0E = 0, INITVAL_0F = 0;
    parameter [319:0] INITVAL_10 = 0, INITVAL_11 = 0, INITVAL_12 = 0, INITVAL_13 = 0;
    parameter [319:0] INITVAL_14 = 0, INITVAL_15 = 0, INITVAL_16 = 0, INITVAL_17 = 0;
    parameter [319:0] INITVAL_18 = 0, INITVAL_19 = 0, INITVAL_1A = 0, INITVAL_1B = 0;
    parameter [319:0] INITVAL_1C = 0, INITVAL_1D = 0, INITVAL_1E = 0, INITVAL_1F = 0;
    parameter [319:0] INITVAL_20 = 0, INITVAL_21 = 0, INITVAL_22 = 0, INITVAL_23 = 0;
    parameter [319:0] INITVAL_24 = 0, INITVAL_25 = 0, INITVAL_26 = 0, INITVAL_27 = 0;
    parameter [319:0] INITVAL_28 = 0, INITVAL_29 = 0, INITVAL_2A = 0, INITVAL_2B = 0;
    parameter [319:0] INITVAL_2C = 0, INITVAL_2D = 0, INITVAL_2E = 0, INITVAL_2F = 0;
    parameter [319:0] INITVAL_30 = 0, INITVAL_31 = 0, INITVAL_32 = 0, INITVAL_33 = 0;
    parameter [319:0] INITVAL_34 = 0, INITVAL_35 = 0, INITVAL_36 = 0, INITVAL_37 = 0;
    parameter [319:0] INITVAL_38 = 0, INITVAL_39 = 0, INITVAL_3A = 0, INITVAL_3B = 0;
    parameter [319:0] INITVAL_3C = 0, INITVAL_3D = 0, INITVAL_3E = 0, INITVAL_3F = 0;
    wire [20479:0] initial_words = {
        INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
        INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
        INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
        INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
        INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
        INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
        INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
        INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
    };
    // 1024 words of two bytes, each of 9 bits. Narrow words leave the ninth bits out.
    reg [17:0] words [0:1023];
    integer at;
    initial for (at = 0; at < 1024; at = at + 1) words[at] = initial_words[20 * at +: 18];

    function is_width(input integer width, input is_wide_too);
        is_width = width == 1 || width == 2 || width == 4 || width == 9 || width == 18 || (width == 36 && is_wide_too);
    endfunction
    function is_write_mode(input [127:0] mode);
        is_write_mode = mode == "NORMAL" || mode == "READBEFOREWRITE" || mode == "WRITETHROUGH";
    endfunction
    initial begin
        if (!is_width(DATA_WIDTH_A, 1) || !is_width(DATA_WIDTH_B, 1))
            $fatal(1, "DP16KD: widths %0d and %0d are not modelled", DATA_WIDTH_A, DATA_WIDTH_B);
        if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG") $fatal(1, "DP16KD: output registers are not modelled");
        if (CSDECODE_A != "0b000" || CSDECODE_B != "0b000") $fatal(1, "DP16KD: this decoding of CS is not modelled");
        if (!is_write_mode(WRITEMODE_A) || !is_write_mode(WRITEMODE_B)) $fatal(1, "DP16KD: this write mode is not modelled");
        if (CLKAMUX != "CLKA" || CLKBMUX != "CLKB") $fatal(1, "DP16KD: inverted clocks are not modelled");
    end

    wire [13:0] address_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
    wire [17:0] data_a = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
        DIA4, DIA3, DIA2, DIA1, DIA0};
    wire enabled_a = CEA && {CSA2, CSA1, CSA0} == 0;
    wire writes_a = enabled_a && WEA && (DATA_WIDTH_A == 36 ? |address_a[3:0] : DATA_WIDTH_A == 18 ? |address_a[1:0] : 1'b1);
    wire [9:0] word_a = address_a[13:4];
    wire [13:0] address_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
    wire [17:0] data_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
        DIB4, DIB3, DIB2, DIB1, DIB0};
    wire enabled_b = CEB && {CSB2, CSB1, CSB0} == 0;
    wire writes_b = enabled_b && WEB && (DATA_WIDTH_B == 18 ? |address_b[1:0] : 1'b1);
    wire [9:0] word_b = address_b[13:4];
    localparam A_IS_WIDE = DATA_WIDTH_A == 36, B_IS_WIDE = DATA_WIDTH_B == 36;
    wire is_same = (A_IS_WIDE || B_IS_WIDE) ? word_a[9:1] == word_b[9:1] : word_a == word_b;

    // What a port of a width reads in a word of the memory, by the low bits of the address.
    function [17:0] part(input integer width, input [17:0] word, input [3:0] low);
        case (width)
            18, 36: part = word;
            9: part = {9'b0, word[9 * low[3] +: 9]};
            4: part = {14'b0, word[9 * low[3] + 4 * low[2] +: 4]};
            2: part = {16'b0, word[9 * low[3] + 4 * low[2] + 2 * low[1] +: 2]};
            default: part = {17'b0, word[9 * low[3] + 4 * low[2] + 2 * low[1] + low[0]]};
        endcase
    endfunction
    function [17:0] low_bits(input integer width, input [17:0] data);
        low_bits = data & 18'((1 << width) - 1);
    endfunction
    // A word of the memory after a port of a width has written to it; 18 bits are written by bytes.
    function [17:0] written(input integer width, input [17:0] word, input [17:0] data, input [3:0] low, input [1:0] bytes);
        begin
            written = word;
            case (width)
                18, 36: begin
                    if (bytes[0]) written[8:0] = data[8:0];
                    if (bytes[1]) written[17:9] = data[17:9];
                end
                9: written[9 * low[3] +: 9] = data[8:0];
                4: written[9 * low[3] + 4 * low[2] +: 4] = data[3:0];
                2: written[9 * low[3] + 4 * low[2] + 2 * low[1] +: 2] = data[1:0];
                default: written[9 * low[3] + 4 * low[2] + 2 * low[1] + low[0]] = data[0];
            endcase
        end
    endfunction

    reg [17:0] read_a = 0, read_b = 0, read_high = 0;
    always @(posedge CLKA) begin
        if (RSTA) $fatal(1, "DP16KD: resets are not modelled");
        if (enabled_a && A_IS_WIDE && WEA) begin
            words[{word_a[9:1], 1'b0}] <= written(36, words[{word_a[9:1], 1'b0}], data_a, 0, address_a[1:0]);
            words[{word_a[9:1], 1'b1}] <= written(36, words[{word_a[9:1], 1'b1}], data_b, 0, address_a[3:2]);
        end
        if (enabled_a && !A_IS_WIDE) begin
            if (WEA) words[word_a] <= written(DATA_WIDTH_A, words[word_a], data_a, address_a[3:0], address_a[1:0]);
            if (!WEA || WRITEMODE_A == "READBEFOREWRITE")
                read_a <= part(DATA_WIDTH_A, (writes_b && is_same) ? ~words[word_a] : words[word_a], address_a[3:0]);
            else if (WRITEMODE_A == "WRITETHROUGH") read_a <= low_bits(DATA_WIDTH_A, data_a);
        end
    end
    always @(posedge CLKB) begin
        if (RSTB) $fatal(1, "DP16KD: resets are not modelled");
        if (B_IS_WIDE && enabled_b && WEB) $fatal(1, "DP16KD: port B cannot write 36 bits");
        if (A_IS_WIDE && enabled_b && WEB) $fatal(1, "DP16KD: port B cannot write where port A has 36 bits");
        if (enabled_b && B_IS_WIDE) begin
            read_b <= (writes_a && is_same) ? ~words[{word_b[9:1], 1'b0}] : words[{word_b[9:1], 1'b0}];
            read_high <= (writes_a && is_same) ? ~words[{word_b[9:1], 1'b1}] : words[{word_b[9:1], 1'b1}];
        end
        if (enabled_b && !B_IS_WIDE) begin
            if (WEB) words[word_b] <= written(DATA_WIDTH_B, words[word_b], data_b, address_b[3:0], address_b[1:0]);
            if (!WEB || WRITEMODE_B == "READBEFOREWRITE")
                read_b <= part(DATA_WIDTH_B, (writes_a && is_same) ? ~words[word_b] : words[word_b], address_b[3:0]);
            else if (WRITEMODE_B == "WRITETHROUGH") read_b <= low_bits(DATA_WIDTH_B, data_b);
        end
    end
    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2,
        DOA1, DOA0} = B_IS_WIDE ? read_b : read_a;
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2,
        DOB1, DOB0} = B_IS_WIDE ? read_high : read_b;
endmodule

module MULT18X18D (
    input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    input C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
    input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB, CLK3, CLK2, CLK1, CLK0, CE3, CE2, CE1, CE0, RST3, RST2, RST1, RST0,
    input SRIA17, SRIA16, SRIA15, SRIA14, SRIA13, SRIA12, SRIA11, SRIA10, SRIA9, SRIA8, SRIA7, SRIA6, SRIA5, SRIA4,
        SRIA3, SRIA2, SRIA1, SRIA0,
    input SRIB17, SRIB16, SRIB15, SRIB14, SRIB13, SRIB12, SRIB11, SRIB10, SRIB9, SRIB8, SRIB7, SRIB6, SRIB5, SRIB4,
        SRIB3, SRIB2, SRIB1, SRIB0,
    output SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7, SROA6, SROA5, SROA4,
        SROA3, SROA2, SROA1, SROA0,
    output SROB17, SROB16, SROB15, SROB14, SROB13, SROB12, SROB11, SROB10, SROB9, SROB8, SROB7, SROB6, SROB5, SROB4,
        SROB3, SROB2, SROB1, SROB0,
    output ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6, ROA5, ROA4, ROA3, ROA2, ROA1, ROA0,
    output ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11, ROB10, ROB9, ROB8, ROB7, ROB6, ROB5, ROB4, ROB3, ROB2, ROB1, ROB0,
    output ROC17, ROC16, ROC15, ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5, ROC4, ROC3, ROC2, ROC1, ROC0,
    output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
        P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0,
    output SIGNEDP
);
    parameter REG_INPUTA_CLK = "NONE", REG_INPUTA_CE = "CE0", REG_INPUTA_RST = "RST0";
    parameter REG_INPUTB_CLK = "NONE", REG_INPUTB_CE = "CE0", REG_INPUTB_RST = "RST0";
    parameter REG_INPUTC_CLK = "NONE", REG_INPUTC_CE = "CE0", REG_INPUTC_RST = "RST0";
    parameter REG_PIPELINE_CLK = "NONE", REG_PIPELINE_CE = "CE0", REG_PIPELINE_RST = "RST0";
    parameter REG_OUTPUT_CLK = "NONE", REG_OUTPUT_CE = "CE0", REG_OUTPUT_RST = "RST0";
    parameter CLK0_DIV = "ENABLED", CLK1_DIV = "ENABLED", CLK2_DIV = "ENABLED", CLK3_DIV = "ENABLED";
    parameter HIGHSPEED_CLK = "NONE", GSR = "ENABLED", CAS_MATCH_REG = "FALSE", SOURCEB_MODE = "B_SHIFT";
    parameter MULT_BYPASS = "DISABLED", RESETMODE = "SYNC";
    function is_clock(input [127:0] name);
        is_clock = name == "NONE" || name == "CLK0";
    endfunction
    initial begin
        if (!is_clock(REG_INPUTA_CLK) || !is_clock(REG_INPUTB_CLK) || !is_clock(REG_PIPELINE_CLK) || !is_clock(REG_OUTPUT_CLK))
            $fatal(1, "MULT18X18D: clocks other than CLK0 are not modelled");
        if (REG_INPUTA_CE != "CE0" || REG_INPUTB_CE != "CE0" || REG_PIPELINE_CE != "CE0" || REG_OUTPUT_CE != "CE0")
            $fatal(1, "MULT18X18D: enables other than CE0 are not modelled");
        if (REG_INPUTA_RST != "RST0" || REG_INPUTB_RST != "RST0" || REG_PIPELINE_RST != "RST0" || REG_OUTPUT_RST != "RST0")
            $fatal(1, "MULT18X18D: resets other than RST0 are not modelled");
        if (REG_INPUTC_CLK != "NONE" || CAS_MATCH_REG != "FALSE" || MULT_BYPASS != "DISABLED" || HIGHSPEED_CLK != "NONE")
            $fatal(1, "MULT18X18D: this mode is not modelled");
        if (RESETMODE != "SYNC") $fatal(1, "MULT18X18D: asynchronous resets are not modelled");
    end
    always @(*) if (SOURCEA || SOURCEB) $fatal(1, "MULT18X18D: factors of a cascade are not modelled");

    wire [17:0] given_a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
    wire signed [18:0] extended_a = {SIGNEDA & given_a[17], given_a};
    wire [17:0] given_b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
    wire signed [18:0] extended_b = {SIGNEDB & given_b[17], given_b};
    reg signed [18:0] held_a = 0, held_b = 0;
    wire signed [18:0] factor_a = REG_INPUTA_CLK == "NONE" ? extended_a : held_a;
    wire signed [18:0] factor_b = REG_INPUTB_CLK == "NONE" ? extended_b : held_b;
    wire signed [37:0] product = factor_a * factor_b;
    reg [35:0] piped = 0, put_out = 0;
    wire [35:0] multiplied = REG_PIPELINE_CLK == "NONE" ? product[35:0] : piped;
    always @(posedge CLK0)
        if (RST0) begin
            held_a <= 0;
            held_b <= 0;
            piped <= 0;
            put_out <= 0;
        end else if (CE0) begin
            held_a <= extended_a;
            held_b <= extended_b;
            piped <= product[35:0];
            put_out <= multiplied;
        end
    assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
        P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = REG_OUTPUT_CLK == "NONE" ? multiplied :
        put_out;
    assign SIGNEDP = SIGNEDA | SIGNEDB;
endmodule

module EHXPLLL (
    input CLKI, CLKFB, PHASESEL1, PHASESEL0, PHASEDIR, PHASESTEP, PHASELOADREG, STDBY, PLLWAKESYNC, RST,
    input ENCLKOP, ENCLKOS, ENCLKOS2, ENCLKOS3,
    output CLKOP, CLKOS, CLKOS2, CLKOS3, LOCK, INTLOCK, REFCLK, CLKINTFB
);
    parameter CLKI_DIV = 1, CLKFB_DIV = 1, CLKOP_DIV = 8, CLKOS_DIV = 8, CLKOS2_DIV = 8, CLKOS3_DIV = 8;
    parameter CLKOP_ENABLE = "ENABLED", CLKOS_ENABLE = "DISABLED", CLKOS2_ENABLE = "DISABLED", CLKOS3_ENABLE = "DISABLED";
    parameter CLKOP_CPHASE = 0, CLKOS_CPHASE = 0, CLKOS2_CPHASE = 0, CLKOS3_CPHASE = 0;
    parameter CLKOP_FPHASE = 0, CLKOS_FPHASE = 0, CLKOS2_FPHASE = 0, CLKOS3_FPHASE = 0;
    parameter FEEDBK_PATH = "CLKOP", OUTDIVIDER_MUXA = "DIVA", OUTDIVIDER_MUXB = "DIVB";
    parameter STDBY_ENABLE = "DISABLED", DPHASE_SOURCE = "DISABLED", PLLRST_ENA = "DISABLED", INTFB_WAKE = "DISABLED";
    initial begin
        if (FEEDBK_PATH != "CLKOP" || CLKOP_ENABLE != "ENABLED") $fatal(1, "EHXPLLL: this feedback is not modelled");
        if (CLKOS2_ENABLE != "DISABLED" || CLKOS3_ENABLE != "DISABLED")
            $fatal(1, "EHXPLLL: CLKOS2 and CLKOS3 are not modelled");
        if (CLKOP_CPHASE != CLKOP_DIV - 1 || CLKOS_CPHASE != CLKOS_DIV - 1 || CLKOP_FPHASE != 0 || CLKOS_FPHASE != 0)
            $fatal(1, "EHXPLLL: phases are not modelled");
        if (STDBY_ENABLE != "DISABLED" || DPHASE_SOURCE != "DISABLED" || PLLRST_ENA != "DISABLED")
            $fatal(1, "EHXPLLL: standby, dynamic phases and resets are not modelled");
    end
    assign CLKOP = CLKI;
    assign CLKOS = CLKOS_ENABLE == "ENABLED" ? CLKI : 1'b0;
    assign LOCK = 1'b1;
    assign {CLKOS2, CLKOS3, INTLOCK, REFCLK, CLKINTFB} = 5'b0;
endmodule

module DCCA (input CLKI, CE, output CLKO);
    reg is_open = 0;
    always @(negedge CLKI) is_open <= CE;
    assign CLKO = CLKI & is_open;
endmodule

module LUT4 (input A, B, C, D, output Z);
    parameter [15:0] INIT = 0;
    wire [3:0] index = {D, C, B, A};
    assign Z = INIT[index];
endmodule
