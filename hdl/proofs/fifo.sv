// Words come out as they went in: none lost or duplicated, in order; `full` and `valid` are right. A word comes out as soon as its
// predecessors are taken, at the latest two cycles after it went in.
module proof(input clock, input clear, input write, input [15:0] data_in, input read, input choose);
    localparam A = `ADDRESS_BITS;
    localparam WORDS = 1 << A;

    wire full, valid;
    wire [15:0] data_out;
    `BLOCK dut(
        .clock(clock), .clear(clear), .write(write), .data_in(data_in), .full(full), .valid(valid), .data_out(data_out),
        .read(read)
    );
    always @(*) begin
        assume (!write || !full);
        assume (!read || valid);
    end

    reg [A:0] level = 0;
    // There is a word that was there before the previous cycle.
    reg has_old_word = 0;
    always @(posedge clock) begin
        level <= clear ? 0 : level + write - read;
        has_old_word <= !clear && level != read;
    end

    // An arbitrary word, chosen when it is written.
    (* hierconn *) wire [A-1:0] \dut.words.watched_address ;
    (* hierconn *) wire [A-1:0] \dut.write_at$q ;
    wire chosen_now = write && choose && \dut.write_at$q == \dut.words.watched_address ;
    reg is_chosen = 0;
    reg [15:0] chosen_word = 0;
    reg [A:0] words_before = 0;
    wire leaves = read && words_before == 0;
    always @(posedge clock) begin
        if (read) words_before <= words_before - 1;
        if (leaves || clear) is_chosen <= 0;
        if (chosen_now && (!is_chosen || leaves) && !clear) begin
            is_chosen <= 1;
            chosen_word <= data_in;
            words_before <= level - read;
        end
    end

    // The oldest word is at the output, the others wait behind it.
    wire [A:0] waiting = level - has_old_word;

    always @(*) begin
        never_too_full: assert (waiting <= WORDS);
        full_says_so: assert (full == (waiting == WORDS));
        valid_says_so: assert (valid == has_old_word);
        a_word_comes_out_as_it_went_in: assert (!is_chosen || words_before != 0 || !valid || data_out == chosen_word);
        // In long covers it only slows the solver down.
        if (A <= 6) the_queue_fills: cover (full);
        a_word_leaves_after_another: cover (leaves && is_chosen && chosen_word == 16'ha5c3 && level == 2);
    end

`ifdef INDUCTION
    (* hierconn *) wire [A-1:0] \dut.fetch_at$q ;
    (* hierconn *) wire [15:0] \dut.words.watched_word ;
    wire [A-1:0] used = \dut.write_at$q - \dut.fetch_at$q ;
    wire [A-1:0] chosen_at = \dut.fetch_at$q + words_before[A-1:0] - has_old_word;
    always @(*) begin
        assert (used == waiting[A-1:0]);
        assert (!has_old_word || level != 0);
        if (is_chosen) begin
            assert (words_before < level);
            // The word at the output was fetched; its address may have been overwritten since.
            if (words_before != 0 || !has_old_word) assert (chosen_at == \dut.words.watched_address && chosen_word == \dut.words.watched_word );
        end
    end
`endif
`ifdef COVER
    // Straight to the full queue.
    reg [A:0] written = 0;
    always @(posedge clock) written <= written + write;
    always @(*) begin
        assume (!clear && write == !full && choose);
        assume (!read || level == 2);
        assume (data_in == 16'ha5c3);
    end
`endif
endmodule
