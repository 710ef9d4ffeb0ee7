// The line follows from the bytes taken so far, in every cycle: nothing is lost, duplicated or cut short, and the transmitter is
// ready again exactly when a stop bit ends, so it never stays busy.
module proof(input clock, input [7:0] data, input valid);
    localparam BIT = `CLOCKS_PER_BIT;

    wire ready, tx;
    \board$link$store$transmitter dut(.clock(clock), .data(data), .valid(valid), .ready(ready), .tx(tx));

    // The remaining bits of the current byte, the one on the line lowest.
    reg [9:0] frame = 10'h3ff;
    reg [3:0] bits_left = 0;
    // Remaining cycles of the bit on the line.
    reg [7:0] cycles_left = 0;
    always @(posedge clock) begin
        if (cycles_left > 1) cycles_left <= cycles_left - 1;
        else if (bits_left != 0) begin
            frame <= {1'b1, frame[9:1]};
            bits_left <= bits_left - 1;
            cycles_left <= bits_left == 1 ? 0 : BIT;
        end
        if (valid && ready) begin
            frame <= {1'b1, data, 1'b0};
            bits_left <= 10;
            cycles_left <= BIT;
        end
    end

    reg [1:0] taken = 0;
    always @(posedge clock) if (valid && ready && taken != 3) taken <= taken + 1;

    always @(*) begin
        line_is_as_the_bytes_say: assert (tx == frame[0]);
        ready_in_the_last_cycle_of_a_byte: assert (ready == (bits_left <= 1 && cycles_left <= 1));
        a_second_byte_follows_at_once: cover (taken == 2 && bits_left == 10 && frame[8:1] == 8'ha5);
    end

`ifdef INDUCTION
    (* hierconn *) wire [15:0] \dut.timer$q ;
    (* hierconn *) wire [9:0] \dut.bits_left$q ;
    wire [9:0] inverted = ~frame;
    wire [9:0] behind = inverted >> (bits_left == 0 ? 0 : bits_left - 1);
    wire [8:0] to_come = ~frame[9:1];
    always @(*) begin
        assert (bits_left <= 10 && cycles_left <= BIT);
        assert ((bits_left == 0) == (cycles_left == 0));
        // After the byte, and without one, the line is high.
        assert (behind == 0);
        if (!ready) assert (\dut.timer$q == cycles_left - 1);
        if (!ready) assert (\dut.bits_left$q == ((10'd1 << (bits_left - 1)) | to_come));
    end
`endif
`ifdef COVER
    // Covers may skip idle lines.
    always @(*) assume (valid);
`endif
endmodule
