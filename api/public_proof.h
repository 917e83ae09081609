// api/public_proof.h: the proof file of a published disclosure, for everybody.
#pragma once

#include "api/public.h"

namespace linli::api {

/// As `linli prove` makes it (sync/PROOF.md), but with nothing that isn't in the signed bytes: what
/// somebody objected, say, stays out. Errors: not_found (isn't published, the hub hasn't got it
/// yet, or it was signed together with records of other kinds); slow_down; unreachable (an office
/// needs the hub's help).
void send_public_proof(Context& context, BoardLimits& limits, const httplib::Request& request,
                       httplib::Response& response, const sync::RecordId& id);

}  // namespace linli::api
