// A number is the next one once in every 256 frames, and kept as long as its answer is: so no frame is executed twice, and no
// recently executed one counts as new. Proven for an arbitrary number.
module proof(input clock, input [7:0] number, input synchronize, input keep);
    localparam REPLAY = `REPLAY_FRAMES;

    wire synchronized, is_next, is_kept;
    wire [7:0] expected;
    \board$sequencer dut(
        .clock(clock), .number(number), .synchronized(synchronized), .is_next(is_next), .is_kept(is_kept),
        .expected(expected), .synchronize(synchronize), .keep(keep)
    );

    // The frames executed since the last hello, up to as many as are kept, and how many ago the chosen number was.
    (* anyconst *) wire [7:0] chosen;
    reg [7:0] next = 0;
    reg has_greeted = 0;
    reg is_old = 0;
    reg [7:0] frames_ago = 0;
    reg was_chosen = 0, was_next = 0, was_kept = 0;
    always @(posedge clock) begin
        if (keep) begin
            next <= next + 1;
            if (is_old) frames_ago <= frames_ago + 1;
            if (is_old && frames_ago == REPLAY) is_old <= 0;
            if (next == chosen) begin
                is_old <= 1;
                frames_ago <= 1;
            end
        end
        if (synchronize) begin
            next <= number + 1;
            has_greeted <= 1;
            is_old <= 0;
        end
        was_chosen <= number == chosen;
        was_next <= next == chosen;
        was_kept <= is_old;
    end

    reg [3:0] n_kept = 0;
    always @(posedge clock) if (synchronize) n_kept <= 0; else if (keep && n_kept != 15) n_kept <= n_kept + 1;

    always @(*) begin
        greeting_is_remembered: assert (synchronized == has_greeted);
        expected_says_so: assert (expected == next);
        next_says_so: assert (!was_chosen || is_next == was_next);
        kept_says_so: assert (!was_chosen || is_kept == was_kept);
        never_both: assert (!is_next || !is_kept);
        the_oldest_that_is_kept: cover (was_chosen && is_kept && n_kept > REPLAY && frames_ago == REPLAY);
        one_that_is_not: cover (was_chosen && !is_kept && !is_next && n_kept > REPLAY);
    end

`ifdef INDUCTION
    (* hierconn *) wire [7:0] \dut.n_kept$q ;
    wire [7:0] distance = next - chosen;
    always @(*) begin
        assert (\dut.n_kept$q <= REPLAY);
        assert (is_old == (distance != 0 && distance <= \dut.n_kept$q ));
        assert (!is_old || frames_ago == distance);
    end
`endif
endmodule
