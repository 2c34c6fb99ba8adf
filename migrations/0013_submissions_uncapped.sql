-- A tenant may let its partners submit without a daily cap: 0. Then nothing is counted, and no submission waits for
-- another one of its partner.

alter table policy
    drop constraint policy_submissions_per_day_check,
    add constraint policy_submissions_per_day_check check (submissions_per_day >= 0);
