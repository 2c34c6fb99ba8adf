/* Each side's stage is put to the rules of every deal, as if the other side stood there too. */
#include "tandem/base/money.h"
#include "tandem/domain/forecast.h"

/* Withheld deals weigh nothing, whichever rule it is: a side in stage 1 is one. */
static int64_t weighted_in(const struct deal_signals *as_one, int64_t amount_minor,
                           const int32_t probability_bp[]) {
    const struct deal_assessment deal = deal_assess(as_one);
    return deal.withheld == WITHHELD_NOT ? amount_weighted(amount_minor, probability_bp[deal.category]) : 0;
}

bool divergence_add(struct divergence *divergence, const struct forecast_group *deal,
                    const int32_t probability_bp[]) {
    struct deal_signals vendor = deal->signals, partner = deal->signals;
    if (deal->signals.status != DEAL_OPEN || !deal->in_period || !deal_assess(&deal->signals).divergent)
        return true;
    int64_t amount = deal->signals.has_amount && deal->signals.has_rate ? deal->amount_minor : 0;
    vendor.partner_stage = vendor.vendor_stage;
    vendor.partner_ceiling = vendor.vendor_ceiling;
    partner.vendor_stage = partner.partner_stage;
    partner.vendor_ceiling = partner.partner_ceiling;
    divergence->count++;
    return amount_add(&divergence->amount_minor, amount) &&
           amount_add(&divergence->weighted_vendor, weighted_in(&vendor, amount, probability_bp)) &&
           amount_add(&divergence->weighted_partner, weighted_in(&partner, amount, probability_bp));
}
