"""English."""

from models.facts.words.table import Words, parts, rows

ENGLISH = Words(
    numbers=parts("""
        1: one
        2: two
        3: three
        4: four
        5: five
        6: six
        7: seven
        8: eight
        9: nine
        10: ten
        11: eleven
        12: twelve
        13: thirteen
        14: fourteen
        15: fifteen
        16: sixteen
        17: seventeen
        18: eighteen
        19: nineteen
        20: twenty
        30: thirty
        40: forty fourty
        50: fifty
        60: sixty
        70: seventy
        80: eighty
        90: ninety
        100: hundred
        1000: thousand
    """),
    ordinals=rows("""
        1: first
        2: second
        3: third
        4: fourth
        5: fifth
        6: sixth
        7: seventh
        8: eighth
        9: ninth
        10: tenth
        11: eleventh
        12: twelfth
        13: thirteenth
        14: fourteenth
        15: fifteenth
        16: sixteenth
        17: seventeenth
        18: eighteenth
        19: nineteenth
        20: twentieth
        21: twenty-first twenty_first
        22: twenty-second twenty_second
        23: twenty-third twenty_third
        24: twenty-fourth twenty_fourth
        25: twenty-fifth twenty_fifth
        26: twenty-sixth twenty_sixth
        27: twenty-seventh twenty_seventh
        28: twenty-eighth twenty_eighth
        29: twenty-ninth twenty_ninth
        30: thirtieth
        31: thirty-first thirty_first
    """),
    joined="and",
    half="and_a_half",
    cents="cents cent pence p",
    months=(
        "january jan",
        "february feb",
        "march mar",
        "april apr",
        "may",
        "june jun",
        "july jul",
        "august aug",
        "september sept sep",
        "october oct",
        "november nov",
        "december dec",
    ),
    weekdays=(
        "monday mondays mon",
        "tuesday tuesdays tue tues",
        "wednesday wednesdays wed",
        "thursday thursdays thu thur thurs",
        "friday fridays fri",
        "saturday saturdays",
        "sunday sundays",
    ),
    days=rows("""
        0: today tonight this_morning this_afternoon this_evening
        1: tomorrow
        2: day_after_tomorrow
    """),
    day_pattern=r"(?:st|nd|rd|th)(?!\w)",
    next_week="next_week",
    this_week="this_week end_of_the_week end_of_this_week",
    until_before="by before until till no_later_than latest within up_to",
    until_after="at_the_latest",
    until_ending_pattern=r"(?!)",
    clock_pattern=r"(?:at|by|till|until|from|before|after|around|for)\s{1,2}",
    hour_pattern=r"\s?(?:o'clock|[ap]\.?m\b\.?)",
    noon="noon midday",
    units=rows("""
        H: hour hours hrs
        D: day days
        B: working_day working_days business_day business_days
        W: week weeks
        M: month months
        Y: year years
        N: minute minutes mins min
    """),
    things=rows("""
        voucher: voucher vouchers gift_card gift_cards credit store_credit credits code
        discount: discount discounts
        refund: refund refunds refunded refunding settlement compensation compensate reimburse* payout paid pay
            pays back_to
            into_your_account on_your_card your_money lands money
        price: price fee fees charge charges costs cost bill balance excess rate rent deposit
        call: call calls calling ring rings ringing phone phoning
        reply: answer reply respond write email news update hear
        visit: engineer technician fitter plumber visit appointment
        departure: train trains bus coach flight departs leaves departure platform
        delivery: delivery deliver delivers delivered parcel package order courier van driver arrive arrives comes
            wardrobe sofa
            fridge dispatch* posted
        repair: repair repairs repaired fix fixed ready garage
        return: return returns sending_it_back return_postage postage
        warranty: warranty guarantee guaranteed
        validity: valid expires expiry
        opening: open opens closed closes shop store hold held
        booking: table booking reservation ticket tickets room
        membership: membership contract subscription plan
        appointment: appointment doctor prescription gp
        meter: meter reading readings usage
        refill: refilled refill
    """),
    money="refund* pay* owe* cost* lands compensation settlement credit* money figure",
    more="plus extra additional also another addition on_top besides total altogether each",
    handles="owns owning handles handling handle looking_after looks_after is_dealing deals_with runs your_case",
    calls="call calls ring rings phone phones",
    because="""
        because due_to as_a_result caused reason hold-up owing_to thanks_to since it_was delayed_by held_it
        late_because
        cancelled_because was_cancelled delayed delay caused_by down_to on_account_of knocked_out the_problem
        the_delay
    """,
    causes=rows("""
        weather: storm storms snow ice weather fog flood flooding wind winds
        courier: courier carrier driver_got_lost
        technical: burst_pipe pipe leak boiler engine equipment technical fault failure broke_down breakdown
            glitch system software outage points_failure
            puncture server
            bug
        stock: stock warehouse mix-up picking out_of_stock inventory
        customs: customs
        payment: expired declined payment_provider card_had_expired insufficient_funds
        fraud: fraud fraud_alert
        staff: crew pilot doctor instructor staffing ill sick short-staffed staff holiday absence
        customer: you_typed you_entered you_gave you_put you_ordered you_chose your_own you_missed wrong_address
        supplier: supplier suppliers manufacturer spare_part spare_parts boxes
        strike: strike strikes walkout
        demand: demand busy peak
        merchant: merchant
        traffic: traffic accident jam crash roadworks
    """),
    rules=rows("""
        refund:yes: refund_goes your_refund we'll_refund we_will_refund refund_you will_be_refunded
            get_your_money_back
            entitled_to_*_refund full_refund
        refund:no: no_refunds no_refund can't_refund cannot_refund not_refundable non-refundable won't_refund
            don't_refund
            do_not_refund
        cash:yes: in_cash to_your_bank straight_to_your_bank into_your_account back_to_your_card
        cash:no: vouchers_only voucher_only only_as_a_voucher only_in_vouchers credit_only
        free:yes: is_free for_free comes_free free_of_charge we'll_cover_the_postage no_charge
        free:no: isn't_free not_free you_should_pay on_the_customer at_your_own_cost at_your_expense
        covered:yes: is_covered covered_by under_the_guarantee under_warranty
        covered:no: not_covered isn't_covered out_of_warranty warranty_doesn't warranty_does_not
        accepted:yes: was_accepted been_accepted was_approved been_approved has_been_approved
        accepted:no: was_rejected been_rejected was_refused been_refused been_declined
    """),
    promises=rows("""
        call: i'll_call we'll_call i'll_ring we'll_ring will_call will_ring she'll_ring he'll_ring he'll_call
            she'll_call
            i'll_phone we'll_phone phoning_you
        write: i'll_write we'll_write i'll_email we'll_email i'll_post i'll_reply we'll_reply will_email will_write
        send: i'll_send we'll_send will_send goes_out posting
        refund: i'll_refund we'll_refund will_refund we'll_pay i'll_pay will_be_paid
        replace: i'll_replace we'll_replace will_replace
        repair: i'll_repair we'll_repair will_repair we'll_fix i'll_fix
        discount: take_off money_off
    """),
    admits="""
        i_was_wrong we_were_wrong got_that_wrong got_it_wrong my_mistake our_mistake my_slip that_was_my
        my_last_message_was
        i_told_you_*_and wrong_last_time correction i_misspoke was_wrong real_figure
        correct_figure right_figure instead_of i_misread should_have_said
    """,
    missed="""
        and_missed_it missed_it which_was_wrong went_quiet i_said_*_and i_promised_*_and didn't_keep let_you_down
        didn't_come
        new_time new_date new_slot
    """,
)
