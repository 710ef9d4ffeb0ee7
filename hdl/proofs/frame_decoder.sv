// A frame is kept if and only if it is good: stuffed as the format says, of a valid length, and with the checksum of its bytes at
// its end, which is computed here by its definition. So a frame with a wrong checksum is never executed. Kept frames are read as
// received, in order; everything else is reported, once per delimiter.
module proof(
    input clock, input data_valid, input [7:0] data, input data_error, input [7:0] read_address, input take
);
    `include "crc32.svh"
    localparam BODY_MIN = `BODY_MIN, BODY_MAX = `BODY_MAX, CHECKSUM_BYTES = 4;

    wire bad_frame, dropped_frame, frame_valid;
    wire [1:0] n_waiting;
    wire [7:0] frame_length, read_data;
    \board$link$decoder dut(
        .clock(clock), .data_valid(data_valid), .data(data), .data_error(data_error), .bad_frame(bad_frame),
        .dropped_frame(dropped_frame), .n_waiting(n_waiting), .frame_valid(frame_valid), .frame_length(frame_length),
        .read_address(read_address), .read_data(read_data), .take(take)
    );
    always @(*) begin
        assume (!data_valid || !data_error);
        assume (!take || frame_valid);
    end

    // The bytes since the last delimiter, unstuffed.
    reg has_begun = 0, is_damaged = 0, has_room = 0;
    reg [7:0] to_next_code = 0;
    reg [8:0] n_body = 0;
    // The checksum's register after all bytes of the body, and 1 to 4 bytes ago; the last four bytes, the oldest first.
    reg [31:0] crc = -1, crc_1 = -1, crc_2 = -1, crc_3 = -1, crc_4 = -1;
    reg [7:0] last_4 = 0, last_3 = 0, last_2 = 0, last_1 = 0;
    wire comes = (data_valid && data != 0) || data_error;
    wire ends = data_valid && data == 0 && has_begun;
    wire is_code = to_next_code == 0;
    wire [7:0] body = is_code ? 0 : data;
    wire is_good =
        !is_damaged && is_code && n_body >= BODY_MIN && n_body <= BODY_MAX && {last_1, last_2, last_3, last_4} == ~crc_4;
    wire is_kept = ends && is_good && has_room;

    // An arbitrary address in one of the two buffers: its byte in the frame being received and in those that wait.
    (* hierconn *) wire [8:0] \dut.buffers.watched_address ;
    (* hierconn *) wire \dut.reads_upper$q ;
    wire [7:0] place = \dut.buffers.watched_address [7:0];
    wire watched_buffer = \dut.buffers.watched_address [8];
    reg [7:0] byte_here = 0, first_byte = 0, second_byte = 0, first_length = 0, second_length = 0;
    reg [1:0] count = 0;
    reg says_bad = 0, says_dropped = 0;
    always @(posedge clock) begin
        if (comes) begin
            has_begun <= 1;
            if (!has_begun) has_room <= count != 2;
            to_next_code <= (is_code ? data : to_next_code) - 1;
            if (data_error) is_damaged <= 1;
        end
        if (comes && has_begun) begin
            if (n_body <= BODY_MAX) n_body <= n_body + 1;
            crc <= crc32_step(crc, body);
            {crc_4, crc_3, crc_2, crc_1} <= {crc_3, crc_2, crc_1, crc};
            {last_4, last_3, last_2, last_1} <= {last_3, last_2, last_1, body};
            if (n_body == place) byte_here <= body;
        end
        if (data_valid && data == 0) begin
            has_begun <= 0;
            is_damaged <= 0;
            to_next_code <= 0;
            n_body <= 0;
            crc <= -1;
        end
        says_bad <= ends && !is_good;
        says_dropped <= ends && is_good && !has_room;
        count <= count + is_kept - take;
        if (take) begin
            first_length <= second_length;
            first_byte <= second_byte;
        end
        if (is_kept && count == take) begin
            first_length <= n_body - CHECKSUM_BYTES;
            first_byte <= byte_here;
        end
        if (is_kept && count != take) begin
            second_length <= n_body - CHECKSUM_BYTES;
            second_byte <= byte_here;
        end
    end
    reg reads_place = 0;
    always @(posedge clock)
        reads_place <= read_address == place && frame_valid && !take && \dut.reads_upper$q == watched_buffer;

    always @(*) begin
        frames_wait_if_they_are_good: assert (n_waiting == count);
        never_too_many: assert (count <= 2);
        valid_says_so: assert (frame_valid == (count != 0));
        bad_frames_are_reported: assert (bad_frame == says_bad);
        dropped_frames_are_reported: assert (dropped_frame == says_dropped);
        lengths_are_right: assert (!frame_valid || frame_length == first_length);
        bytes_are_as_they_came: assert (!reads_place || place >= frame_length || read_data == first_byte);
        a_frame_is_kept: cover (frame_valid && first_length == 2);
        a_bad_frame_is_reported: cover (bad_frame && count == 0);
    end

`ifdef INDUCTION
    (* hierconn *) wire [31:0] \dut.crc$q ;
    (* hierconn *) wire [7:0] \dut.n_body$q ;
    (* hierconn *) wire [7:0] \dut.block_left$q ;
    (* hierconn *) wire \dut.in_frame$q ;
    (* hierconn *) wire \dut.is_bad$q ;
    (* hierconn *) wire \dut.is_stored$q ;
    (* hierconn *) wire \dut.writes_upper$q ;
    (* hierconn *) wire [7:0] \dut.lower_length$q ;
    (* hierconn *) wire [7:0] \dut.upper_length$q ;
    (* hierconn *) wire [7:0] \dut.buffers.watched_word ;
    wire upper_first = \dut.reads_upper$q ;
    always @(*) begin
        assert (\dut.in_frame$q == has_begun);
        assert (\dut.is_bad$q == (is_damaged || n_body > BODY_MAX));
        if (!has_begun) begin
            assert (to_next_code == 0 && n_body == 0 && !is_damaged && crc == 32'hffffffff);
            assert (\dut.block_left$q == 0 && \dut.n_body$q == 0 && \dut.crc$q == 0);
        end
        if (has_begun) begin
            assert (\dut.is_stored$q == has_room);
            assert (!has_room || count < 2);
        end
        if (has_begun && !\dut.is_bad$q ) begin
            assert (\dut.block_left$q == to_next_code);
            assert (\dut.n_body$q == n_body);
            assert (\dut.crc$q == ~crc);
            // Step by step from the checksum compared here to the one compared in the block.
            if (n_body >= 1) assert (crc == crc32_step(crc_1, last_1));
            if (n_body >= 2) assert (crc_1 == crc32_step(crc_2, last_2));
            if (n_body >= 3) assert (crc_2 == crc32_step(crc_3, last_3));
            if (n_body >= 4) assert (crc_3 == crc32_step(crc_4, last_4));
            if (has_room && \dut.writes_upper$q == watched_buffer && n_body > place)
                assert (byte_here == \dut.buffers.watched_word );
        end
        assert ((\dut.writes_upper$q != upper_first) == count[0]);
        if (count != 0) assert (first_length == (upper_first ? \dut.upper_length$q : \dut.lower_length$q ));
        if (count == 2) assert (second_length == (upper_first ? \dut.lower_length$q : \dut.upper_length$q ));
        if (count != 0 && place < first_length && upper_first == watched_buffer)
            assert (first_byte == \dut.buffers.watched_word );
        if (count == 2 && place < second_length && upper_first != watched_buffer)
            assert (second_byte == \dut.buffers.watched_word );
    end
`endif
endmodule
