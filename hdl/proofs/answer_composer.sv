// A started answer is composed once: the slot is opened when the link can take it, followed by the number, the opcode, the
// payload, at most as long as a frame allows, and the end. It ends in bounded time: once the slot is free, a byte or the end
// comes every `GAP` cycles.
module proof(
    input clock, input start, input [3:0] shape, slot, code, input [7:0] number, opcode, expected, decision, n_readouts,
    input [7:0] n_words, input [2:0] detail, input [19:0] offset, input [15:0] command_detail, memory_words, channel, n_pending,
    input [31:0] crc, image_crc, input overrun, input [15:0] n_spikes, counter, word, pending, input composing
);
    localparam BYTES_MAX = `BYTES_MAX, WORDS_MAX = `WORDS_MAX, READOUTS_MAX = `READOUTS_MAX, SHAPES = 10, READ = 3;
    localparam ASK = `READ_CYCLES + 1, GAP = ASK + 2;

    wire done, open, data_valid, close;
    wire [7:0] data;
    \board$composer dut(
        .clock(clock), .start(start), .shape(shape), .slot(slot), .number(number), .opcode(opcode), .done(done),
        .detail(detail), .command_detail(command_detail), .offset(offset), .memory_words(memory_words), .channel(channel),
        .n_pending(n_pending), .code(code), .expected(expected), .crc(crc), .image_crc(image_crc), .decision(decision),
        .overrun(overrun), .n_spikes(n_spikes), .n_readouts(n_readouts), .n_words(n_words), .counter(counter), .word(word), .open(open), .data(data), .data_valid(data_valid), .close(close),
        .composing(composing), .pending(pending)
    );

    // The inputs are held from the cycle after the start to the end.
    reg under_way = 0, stands_still = 0;
    reg [3:0] last_shape = 0, last_slot = 0;
    reg [7:0] last_number = 0, last_opcode = 0, last_n_words = 0, last_n_readouts = 0;
    // The link composes from the cycle after `open`, at least until `close`. A slot that is free stays free.
    reg is_open = 0, was_free = 0;
    wire is_free = !composing && !pending[slot];
    always @(*) begin
        assume (!start || !under_way);
        assume (shape < SHAPES && (shape != READ || n_words <= WORDS_MAX) && n_readouts <= READOUTS_MAX);
        if (under_way && stands_still) begin
            assume (shape == last_shape && slot == last_slot && number == last_number && opcode == last_opcode);
            assume (n_words == last_n_words && n_readouts == last_n_readouts);
        end
        assume (!is_open || composing);
        assume (!(under_way && stands_still && was_free && !is_open) || is_free);
    end
    reg [7:0] n_bytes = 0;
    reg [3:0] quiet = 0;
    always @(posedge clock) begin
        {last_shape, last_slot, last_number, last_opcode} <= {shape, slot, number, opcode};
        {last_n_words, last_n_readouts} <= {n_words, n_readouts};
        stands_still <= under_way;
        was_free <= is_free;
        if (start) under_way <= 1;
        if (done) under_way <= 0;
        if (open) is_open <= 1;
        if (close) is_open <= 0;
        if (data_valid) n_bytes <= n_bytes + 1;
        if (open) n_bytes <= 0;
        quiet <= open || data_valid || close || !is_open ? 0 : quiet + 1;
    end
    // Cycles in which the slot could be opened but is not.
    reg [1:0] hesitates = 0;
    always @(posedge clock) hesitates <= under_way && !is_open && !open && is_free ? hesitates + (hesitates != 3) : 0;

    always @(*) begin
        opened_once_and_when_the_slot_is_free: assert (!open || (under_way && !is_open && is_free));
        bytes_only_while_open: assert (!data_valid || is_open);
        ended_when_complete: assert (!close || (is_open && n_bytes >= 2));
        done_with_the_end: assert (done == close);
        never_too_long: assert (!data_valid || n_bytes < BYTES_MAX);
        the_number_first: assert (!data_valid || n_bytes != 0 || data == number);
        then_the_opcode: assert (!data_valid || n_bytes != 1 || data == opcode);
        it_goes_on: assert (quiet < GAP);
        it_begins: assert (hesitates <= 1);
        a_short_answer_ends: cover (done && n_bytes == 2);
        an_answer_with_words_ends: cover (done && shape == READ && n_bytes == 6);
    end

`ifdef INDUCTION
    localparam IDLE = 0, LOOKING = 1, OPENING = 2, ASKING = 3, SENDING = 4, CLOSING = 5, NUMBER_AT = 254;
    (* hierconn *) wire [2:0] \dut.phase$q ;
    (* hierconn *) wire [3:0] \dut.asked$q ;
    (* hierconn *) wire [7:0] \dut.at$q ;
    (* hierconn *) wire [15:0] \dut.pair$q ;
    (* hierconn *) wire [7:0] \dut.length$d ;
    (* hierconn *) wire [7:0] \dut.length$q ;
    (* hierconn *) wire \dut.is_slot_taken$q ;
    wire [2:0] phase = \dut.phase$q ;
    wire [7:0] bytes_so_far = \dut.at$q - NUMBER_AT;
    wire is_asked = phase == SENDING || (phase == ASKING && \dut.asked$q >= 2);
    always @(*) begin
        assert (phase <= CLOSING && under_way == (phase != IDLE) && is_open == (phase >= ASKING));
        if (phase == LOOKING) assert (!stands_still && hesitates == 0);
        if (phase == OPENING) assert (stands_still && \dut.is_slot_taken$q == !was_free && hesitates == was_free);
        if (phase == LOOKING || phase == OPENING) assert (\dut.at$q == NUMBER_AT);
        if (phase >= OPENING) assert (\dut.length$q == \dut.length$d );
        if (is_open) assert (n_bytes == bytes_so_far && (n_bytes < 2 || \dut.at$q <= \dut.length$q ) && hesitates == 0);
        if (is_asked && n_bytes < 2) assert (\dut.pair$q == {opcode, number});
        if (phase == ASKING) assert (quiet == \dut.asked$q && quiet < ASK && !\dut.at$q [0]);
        if (phase == SENDING) assert (quiet == (\dut.at$q [0] ? 0 : ASK));
        if (phase == CLOSING) assert (quiet == ASK + 1 && \dut.at$q == \dut.length$q );
    end
`endif
endmodule
