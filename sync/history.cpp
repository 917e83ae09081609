#include "sync/history.h"

#include <charconv>

namespace linli::sync {
namespace {

constexpr std::string_view kPrefix = "linli-log/";

}  // namespace

std::string LogName::origin() const {
  return std::string(kPrefix) + city_scope + "/" + crypto::to_hex(author.view()) + "/" +
         std::to_string(epoch);
}

Result<LogName> LogName::of(std::string_view origin) {
  const auto bad = [] { return fail(Errc::malformed, "not the origin of a city's log"); };
  if (!origin.starts_with(kPrefix)) return bad();
  const auto last = origin.rfind('/');
  const auto middle = origin.rfind('/', last - 1);
  if (middle == origin.npos || middle < kPrefix.size()) return bad();
  LogName name;
  name.city_scope = std::string(origin.substr(kPrefix.size(), middle - kPrefix.size()));
  const auto author = crypto::from_hex(origin.substr(middle + 1, last - middle - 1));
  if (!author || author->size() != AuthorId::size()) return bad();
  name.author = AuthorId::of(*author);
  const auto digits = origin.substr(last + 1);
  const auto* end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, name.epoch).ptr != end) return bad();
  // One spelling only: what is compared elsewhere is the text.
  if (!crypto::valid_scope(name.city_scope) || name.origin() != origin) return bad();
  return name;
}

std::string witness_name(const AuthorId& author) {
  return "linli-node/" + crypto::to_hex(author.view());
}

Result<TreeHead> open_checkpoint(std::string_view note, const crypto::CertificateBook& book) {
  const auto read = crypto::SignedNote::decode(note);
  if (!read) return fail(read.error());
  auto checkpoint = crypto::Checkpoint::decode(read->text);
  if (!checkpoint) return fail(checkpoint.error());
  auto log = LogName::of(checkpoint->origin);
  if (!log) return fail(log.error());
  if (log->city_scope != book.root().scope) return fail(Errc::other_city);
  bool known = false;
  std::optional<Error> refused;
  for (const auto& [hash, certificate] : book.all()) {
    if (certificate->subject != log->author) continue;
    known = true;
    if ((certificate->rights & crypto::kRightReceipt) == 0) continue;
    const crypto::NoteKey key{checkpoint->origin, crypto::NoteType::ed25519,
                              certificate->signing_key};
    if (auto signed_by = crypto::check_note(*read, key); !signed_by) {
      refused = signed_by.error();
      continue;  // Perhaps by a key that took that one's place.
    }
    return TreeHead{std::move(*log), std::move(*checkpoint), hash};
  }
  if (refused) return fail(*refused);
  if (!known) return fail(Errc::unknown_certificate, "nobody here knows who keeps this history");
  return fail(Errc::forbidden, "who signed this checkpoint may not give receipts");
}

Result<std::vector<Witness>> witnesses_of(const crypto::SignedNote& note,
                                          const crypto::CertificateBook& book) {
  std::vector<Witness> witnesses;
  for (const auto& line : note.signatures) {
    for (const auto& [hash, certificate] : book.all()) {
      const crypto::NoteKey key{witness_name(certificate->subject), crypto::NoteType::cosignature,
                                certificate->signing_key};
      if (key.name != line.name || key.id() != line.id) continue;
      const auto time = crypto::check_cosignature({note.text, {line}}, key);
      if (!time) return fail(time.error());
      witnesses.push_back({hash, line, *time});
      break;
    }
  }
  return witnesses;
}

Result<void> goes_on(const crypto::Checkpoint& known, const crypto::Checkpoint& next,
                     std::span<const crypto::TreeHash> proof) {
  if (known.origin != next.origin) return fail(Errc::fork, "checkpoints of two histories");
  const bool grown = known.size <= next.size;
  const auto& small = grown ? known : next;
  const auto& great = grown ? next : known;
  return crypto::check_consistency(small.size, small.root, great.size, great.root, proof);
}

}  // namespace linli::sync
