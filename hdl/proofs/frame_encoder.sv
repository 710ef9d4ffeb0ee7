// At `done` the memory holds the bytes given, their checksum, stuffing and delimiter, as the format defines them; `done` comes
// after a fixed number of cycles, whatever the bytes. Proven for an arbitrary address of the memory.
module proof(input clock, input open, input data_valid, input [7:0] data, input close);
    `include "crc32.svh"
    localparam BYTES_MAX = `BYTES_MAX;
    localparam CHECKSUM_BYTES = 4;
    localparam CYCLES = 7;

    wire composing, done, write_enable;
    wire [7:0] write_address, write_data;
    \board$link$store$encoder dut(
        .clock(clock), .open(open), .data_valid(data_valid), .data(data), .close(close), .composing(composing), .done(done),
        .write_enable(write_enable), .write_address(write_address), .write_data(write_data)
    );

    reg is_open = 0, is_closed = 0;
    // Cycles since `close`.
    reg [2:0] cycles = 0;
    reg [7:0] n_bytes = 0;
    always @(*) begin
        assume (!open || !is_open);
        assume (!(data_valid || close) || (is_open && !is_closed));
        assume (!data_valid || n_bytes < BYTES_MAX);
    end

    // The body of the frame: the bytes given, then the checksum, lowest byte first.
    reg [31:0] crc = -1;
    wire body_valid = data_valid || (is_closed && cycles < CHECKSUM_BYTES);
    wire [7:0] body = is_closed ? ~crc[7:0] : data;
    // Byte 1 of the memory is the first of the body.
    wire [7:0] at = n_bytes + 1;

    // An arbitrary address. A 0, and the byte before the body, becomes the distance to the next 0, or to the end.
    (* anyconst *) wire [7:0] place;
    reg [7:0] expected = 0, found = 0;
    reg is_known = 0, waits_for_zero = 0;
    always @(posedge clock) begin
        if (write_enable && write_address == place) found <= write_data;
        if (body_valid) begin
            n_bytes <= at;
            crc <= is_closed ? crc >> 8 : crc32_step(crc, data);
        end
        if (waits_for_zero && ((body_valid && body == 0) || cycles == CHECKSUM_BYTES)) begin
            waits_for_zero <= 0;
            is_known <= 1;
            expected <= at - place;
        end
        if (body_valid && at == place) begin
            waits_for_zero <= body == 0;
            is_known <= body != 0;
            expected <= body;
        end
        if (cycles == CHECKSUM_BYTES + 1 && at == place) begin
            is_known <= 1;
            expected <= 0;
        end
        if (close) is_closed <= 1;
        if (is_closed) cycles <= cycles + 1;
        if (done) begin
            is_open <= 0;
            is_closed <= 0;
            cycles <= 0;
        end
        if (open) begin
            is_open <= 1;
            n_bytes <= 0;
            crc <= -1;
            is_known <= 0;
            waits_for_zero <= place == 0;
        end
    end
    reg was_done = 0;
    always @(posedge clock) was_done <= done;

    always @(*) begin
        composing_says_so: assert (composing == is_open);
        writes_only_while_composing: assert (!write_enable || is_open);
        done_comes_in_time: assert (done == (cycles == CYCLES - 1));
        the_frame_is_all_there: assert (!was_done || is_known == (place <= n_bytes + 1));
        the_frame_is_as_the_format_says: assert (!was_done || !is_known || found == expected);
        a_frame_with_zeros: cover (was_done && n_bytes == 7 && place == 2 && expected == 2);
    end

`ifdef INDUCTION
    // The block works a cycle later.
    (* hierconn *) wire [31:0] \dut.crc$q ;
    (* hierconn *) wire [7:0] \dut.position$q ;
    (* hierconn *) wire [7:0] \dut.code_at$q ;
    reg [31:0] crc_before = -1;
    reg [7:0] n_bytes_before = 0, zero_at = 0, zero_at_before = 0, expected_before = 0;
    reg was_known = 0;
    always @(posedge clock) begin
        if (body_valid && body == 0) zero_at <= at;
        if (open) zero_at <= 0;
        crc_before <= open ? -1 : crc;
        n_bytes_before <= open ? 0 : n_bytes;
        zero_at_before <= open ? 0 : zero_at;
        was_known <= is_known && !open;
        expected_before <= expected;
    end
    always @(*) begin
        assert (is_open || !is_closed);
        assert (is_closed || cycles == 0);
        if (is_open) begin
            assert (\dut.crc$q == ~crc_before);
            assert (\dut.position$q == n_bytes_before + 1);
            assert (\dut.code_at$q == (cycles == CYCLES - 1 ? n_bytes_before + 1 : zero_at_before));
            assert (n_bytes <= BYTES_MAX + (cycles < CHECKSUM_BYTES ? cycles : CHECKSUM_BYTES));
            assert (zero_at <= n_bytes && zero_at_before <= n_bytes_before);
            assert (waits_for_zero == (place == zero_at && cycles <= CHECKSUM_BYTES));
            assert (!is_known || !waits_for_zero);
            assert ((is_known || waits_for_zero) == (place <= n_bytes || (place == at && cycles == CYCLES - 1)));
            assert (!was_known || found == expected_before);
        end
    end
`endif
endmodule
