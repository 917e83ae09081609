// sync/snapshot_parcel.h: a part of a snapshot as it travels and as it is kept.
//
// Commitments are what doesn't compress: of a part of short notes they would be half the bytes.
// Whoever gets the value of one can make it from that, so they are cut out of the body before it
// is packed, and beside it stands for each either the commitment or its opened value. That is made
// good again before anything is looked at; the signature is over the whole body.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sync/snapshot.h"

namespace linli::sync {

/// A body without its commitments. A place of one is the 5 bytes D9 A0 6E 58 20 (tag 41070, a byte
/// string of 32) and 32 more; searched from the left, each time on behind the last place. What only
/// looks like one is cut as well and does no harm.
struct CutBody {
  std::string packed;             ///< Under zstd, zeros in the places.
  std::vector<Hash> commitments;  ///< What stood in the places, in their order.
  /// The body. Errors: malformed (not as many places as commitments), too_large (checked while
  /// decompressing).
  [[nodiscard]] Result<std::string> whole() const;
};
[[nodiscard]] CutBody cut_body(std::string body, int level = 19);

/// CBOR [packed, signature, ? [+ place]], a place being the commitment or [field, salt, value].
/// `decode` refuses with malformed.
struct SnapshotParcel {
  struct Value {
    std::uint32_t field = 0;
    crypto::Salt salt{};
    std::string value;  ///< The CBOR item that was committed to.
  };
  using Place = std::variant<Hash, Value>;

  std::string packed;  ///< As in CutBody.
  crypto::Signature signature{};
  std::vector<Place> places;
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<SnapshotParcel> decode(std::string_view bytes);
};

/// A value of a part, told by its place.
struct PartValue {
  std::size_t record = 0;  ///< Place in `records`.
  std::uint32_t field = 0;
  Hash commitment{};
  crypto::Salt salt{};
  std::string value;
};

/// What a parcel adds up to. A value that isn't the one committed to makes another body, which
/// nobody signed: judge_snapshot says so.
struct OpenedParcel {
  CutBody cut;
  std::string body;
  SnapshotPart part;
  std::vector<PartValue> values;  ///< Each once, ascending by commitment.
};
/// Errors: malformed, too_large, and those of SnapshotPart::decode.
[[nodiscard]] Result<OpenedParcel> open_parcel(const SnapshotParcel& parcel);

/// Puts a parcel together. `find` gives the salt and value of a commitment that the receiver may
/// read; what doesn't fit is left closed. Errors: those of CutBody::whole and SnapshotPart::decode.
using FindValue =
    std::function<std::optional<std::pair<crypto::Salt, std::string>>(const Hash& commitment)>;
[[nodiscard]] Result<SnapshotParcel> make_parcel(CutBody cut, const crypto::Signature& signature,
                                                 const FindValue& find);

}  // namespace linli::sync
