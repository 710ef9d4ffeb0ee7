// For any line: a byte is valid exactly when a start bit, on a line that was high before, is still low in its middle and the stop
// bit is high, and then holds the line in the middle of each bit. So every edge may be up to half a bit early or late, no byte is
// lost or duplicated, and the receiver is busy only as long as the line requires.
module proof(input clock, input rx);
    localparam BIT = `CLOCKS_PER_BIT;

    wire [7:0] data;
    wire valid, framing_error;
    \board$link$receiver dut(
        .clock(clock), .rx(rx), .data(data), .valid(valid), .framing_error(framing_error)
    );

    // The line, delayed by two cycles.
    reg line = 1, line_to_come = 1;
    always @(posedge clock) {line, line_to_come} <= {line_to_come, rx};

    reg receiving = 0;
    // The line has not been high since a framing error.
    reg broken = 0;
    // Cycles to the middle of the next bit, and the bits sampled.
    reg [7:0] cycles_left = 0;
    reg [3:0] bits_seen = 0;
    reg [9:0] seen = 0;
    reg byte_came = 0, error_came = 0;
    always @(posedge clock) begin
        byte_came <= 0;
        error_came <= 0;
        if (line) broken <= 0;
        if (!receiving) begin
            receiving <= !line && !broken;
            cycles_left <= BIT / 2 - 1;
            bits_seen <= 0;
        end else if (cycles_left != 0) cycles_left <= cycles_left - 1;
        else begin
            cycles_left <= BIT - 1;
            bits_seen <= bits_seen + 1;
            seen <= {line, seen[9:1]};
            if (bits_seen == 0 && line) receiving <= 0;
            if (bits_seen == 9) begin
                receiving <= 0;
                broken <= !line;
                byte_came <= line;
                error_came <= !line;
            end
        end
    end

    // The same, without the machine above.
    reg line_was_high = 1;
    reg [11:0] since_strobe = 4095;
    always @(posedge clock) begin
        if (line) line_was_high <= 1;
        if (framing_error) line_was_high <= line;
        since_strobe <= valid || framing_error ? 1 : since_strobe + (since_strobe != 4095);
    end

    always @(*) begin
        a_byte_for_every_frame: assert (valid == byte_came);
        it_holds_the_middles_of_the_bits: assert (!valid || data == seen[8:1]);
        an_error_for_every_low_stop_bit: assert (framing_error == error_came);
        one_thing_at_a_time: assert (!valid || !framing_error);
        strobes_keep_their_distance: assert (!(valid || framing_error) || since_strobe >= 9 * BIT + BIT / 2);
        a_long_break_is_one_error: assert (!(valid || framing_error) || line_was_high);
        a_byte_comes: cover (valid && data == 8'ha5);
        an_error_comes: cover (framing_error);
    end

`ifdef INDUCTION
    (* hierconn *) wire \dut.synchronizer$q ;
    (* hierconn *) wire \dut.is_low$q ;
    (* hierconn *) wire \dut.is_receiving$q ;
    (* hierconn *) wire \dut.is_broken$q ;
    (* hierconn *) wire [15:0] \dut.timer$q ;
    (* hierconn *) wire [8:0] \dut.samples$q ;
    wire [8:0] sampled = 9'h1ff << (9 - bits_seen);
    wire [11:0] elapsed = BIT / 2 - 1 - cycles_left + bits_seen * BIT;
    always @(*) begin
        assert (\dut.synchronizer$q == !line_to_come && \dut.is_low$q == !line);
        assert (\dut.is_receiving$q == receiving && \dut.is_broken$q == broken);
        assert (!receiving || !broken);
        assert (line_was_high || broken);
        assert (!framing_error || broken);
        assert (!(valid || framing_error) || !receiving);
        if (valid) assert (\dut.samples$q == ~seen[9:1]);
        if (receiving) begin
            assert (bits_seen <= 9 && cycles_left < (bits_seen == 0 ? BIT / 2 : BIT));
            assert (\dut.timer$q == cycles_left);
            assert (\dut.samples$q == (~seen[9:1] & sampled));
            if (bits_seen != 0) assert (!seen[10 - bits_seen]);
            assert (since_strobe > elapsed);
        end
    end
`endif
endmodule
