// Every spike gives its row once, in the order of words and then of lanes, and the queue never overflows: a sweep begins when
// nothing is in progress, and gives at most as many words as the queue has room for. The queue is cut out and has the properties
// of its own proof.
module proof(input clock, input [7:0] index, spikes, input spikes_valid, row_ready);
    localparam LANES = `LANES, WORDS = 256;

    (* anyconst *) wire [15:0] n_channels;
    wire [15:0] row;
    wire row_valid, idle;
    `BLOCK dut(
        .clock(clock), .n_channels(n_channels), .index(index), .spikes(spikes), .spikes_valid(spikes_valid), .row(row),
        .row_valid(row_valid), .row_ready(row_ready), .idle(idle)
    );
    (* hierconn *) wire \dut.queue$write ;
    (* hierconn *) wire [15:0] \dut.queue$data_in ;
    (* hierconn *) wire \dut.queue$full ;
    (* hierconn *) wire \dut.queue$valid ;
    (* hierconn *) wire [15:0] \dut.queue$data_out ;
    (* hierconn *) wire \dut.queue$read ;
    (* hierconn *) wire \dut.queue$clear ;
    wire takes = \dut.queue$read ;
    wire [15:0] word = \dut.queue$data_out ;

    // Words given since it was idle, words in the queue, and whether one was there before the previous cycle.
    reg [8:0] given = 0, level = 0;
    reg has_old_word = 0;
    // Of the word that was taken: its index, and the lanes whose rows are still to come; and of the word taken behind it. The
    // first row of a word taken when none was left takes a cycle.
    reg [7:0] taken_index = 0, lanes_left = 0, behind_index = 0, lanes_behind = 0;
    reg is_fresh = 0;
    wire [7:0] without_lowest = lanes_left & (lanes_left - 1);
    wire [7:0] still_left = row_valid && row_ready ? without_lowest : lanes_left;
    reg was_idle = 0;
    always @(posedge clock) begin
        given <= (idle ? 0 : given) + spikes_valid;
        level <= level + \dut.queue$write - takes;
        has_old_word <= level != takes;
        was_idle <= idle;
        is_fresh <= takes && still_left == 0 && lanes_behind == 0;
        lanes_left <= still_left;
        if (still_left == 0) begin
            taken_index <= lanes_behind == 0 ? word[15:8] : behind_index;
            lanes_left <= lanes_behind == 0 && takes ? word[7:0] : lanes_behind;
            lanes_behind <= 0;
        end
        if (takes && (still_left != 0 || lanes_behind != 0)) begin
            behind_index <= word[15:8];
            lanes_behind <= word[7:0];
        end
    end
    reg [2:0] lane;
    integer i;
    always @(*) begin
        lane = 0;
        for (i = 7; i >= 0; i = i - 1) if (lanes_left[i]) lane = i;
    end
    wire [15:0] expected_row = n_channels + taken_index * LANES + lane;
    // Cycles in which a row could be given but is not.
    reg [2:0] waited = 0;
    always @(posedge clock) waited <= row_valid || level == 0 ? 0 : waited + (waited != 7);

    always @(*) begin
        assume (given + spikes_valid <= WORDS || idle);
        assume (!spikes_valid || (spikes != 0 && spikes >> LANES == 0));
        assume (\dut.queue$full == (level - has_old_word == WORDS) && \dut.queue$valid == has_old_word);
        // The property of the queue.
        assume (word[7:0] != 0 && word[7:0] >> LANES == 0);
    end

    always @(*) begin
        no_word_is_lost: assert (\dut.queue$write == spikes_valid && !(\dut.queue$write && \dut.queue$full ));
        words_are_queued_as_they_come: assert (!\dut.queue$write || \dut.queue$data_in == {index, spikes});
        taken_only_if_there: assert (!takes || \dut.queue$valid );
        never_forgotten: assert (!\dut.queue$clear );
        a_row_for_every_spike: assert (row_valid == (lanes_left != 0 && !is_fresh));
        no_more_than_one_word_behind: assert (!takes || lanes_behind == 0 || still_left == 0);
        rows_are_those_of_their_neurons: assert (!row_valid || row == expected_row);
        idle_says_so: assert (!idle || (!spikes_valid && level == 0 && !row_valid && lanes_left == 0 && lanes_behind == 0));
        idle_until_the_next_spike: assert (!was_idle || spikes_valid || idle);
        it_goes_on: assert (waited < 4);
        a_row_of_the_last_lane: cover (row_valid && lane == LANES - 1 && level == 1);
        it_is_idle_again: cover (idle && given == 2);
    end

`ifdef INDUCTION
    (* hierconn *) wire [7:0] \dut.left$q ;
    (* hierconn *) wire [7:0] \dut.left_index$q ;
    (* hierconn *) wire \dut.written$q ;
    wire [7:0] left = row_valid ? without_lowest : lanes_left;
    always @(*) begin
        assert (lanes_left >> LANES == 0 && lanes_behind >> LANES == 0);
        if (lanes_behind != 0) begin
            assert (row_valid && without_lowest == 0);
            assert (\dut.left$q == lanes_behind && \dut.left_index$q == behind_index);
        end else begin
            assert (\dut.left$q == left && (left == 0 || \dut.left_index$q == taken_index));
        end
        assert (!is_fresh || lanes_left != 0);
        assert (level <= given && given <= WORDS);
        assert (!has_old_word || level != 0);
        assert (level == 0 || has_old_word || \dut.written$q );
        if (!row_valid) assert (waited <= has_old_word + is_fresh + 1);
        if (!row_valid && !is_fresh) assert (waited <= has_old_word);
    end
`endif
endmodule
