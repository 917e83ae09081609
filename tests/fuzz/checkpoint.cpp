// Signed notes, tree heads and verifiers' keys (C2SP signed-note, tlog-checkpoint).
#include "crypto/signed_note.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  round_trip<crypto::Checkpoint>(bytes);
  if (const auto key = crypto::NoteKey::from_vkey(bytes)) must(key->vkey() == bytes);
  const auto note = crypto::SignedNote::decode(bytes);
  if (!note) return 0;
  must(note->encode() == bytes);
  // Nobody's key: what it is said to have signed can't be good.
  static const auto key = crypto::SigningKey::from_seed(std::string(32, 'n'));
  for (const auto& signature : note->signatures) {
    must(!crypto::check_note(*note, {signature.name, crypto::NoteType::ed25519, key.public_key()}));
  }
  return 0;
}
