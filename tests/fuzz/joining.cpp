// Invites, letters and answers of enrolment, requests for the next certificate, a
// listener's token, and words read over the telephone.
#include "crypto/words.h"
#include "node/admission.h"
#include "node/enrolment.h"
#include "node/hub_key.h"
#include "node/renewal.h"
#include "sync/live.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  if (const auto invite = node::Invite::parse(bytes)) {
    const auto again = node::Invite::parse(invite->line());
    must(again && again->line() == invite->line());
  }
  round_trip<node::EnrolAnswer>(bytes);
  (void)node::EnrolRequest::decode(bytes);
  (void)node::JoinRequest::decode(bytes);
  (void)node::RenewalRequest::decode(bytes);
  (void)node::HubKeyRequest::decode(bytes);
  (void)node::letter_of(node::kRequestPrefix, bytes);
  (void)node::read_admission(bytes, "", 0);
  if (const auto words = crypto::Words::read(bytes)) must(words->are(words->zh()));
  return 0;
}
