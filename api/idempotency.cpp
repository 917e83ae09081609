#include "api/idempotency.h"

namespace linli::api {

namespace {

constexpr std::size_t kKeyBytesMax = 200;

}  // namespace

Result<std::string> key_in(const httplib::Request& request, const Caller& caller) {
  const auto key = request.get_header_value("Idempotency-Key");
  if (key.size() > kKeyBytesMax) {
    return fail(Errc::bad_value, "Idempotency-Key: at most 200 bytes");
  }
  if (key.empty() || !caller.account) return key;
  return "account " + crypto::to_hex(caller.account->actor.view()) + " " + key;
}

sync::RecordId id_of_key(const node::Replica& replica, const model::RecordType& type,
                         const std::string& key) {
  auto id = sync::RecordId::of(
      crypto::hash({"linli/idempotency-key/1", replica.identity().author.view(), type.name, key})
          .view()
          .substr(0, 16));
  id.data[6] = static_cast<unsigned char>((id.data[6] & 0x0F) | 0x80);  // UUIDv8, RFC 9562.
  id.data[8] = static_cast<unsigned char>((id.data[8] & 0x3F) | 0x80);
  return id;
}

}  // namespace linli::api
