// node/tables/xml_part.h: XML as it comes, element by element. A document that declares a DTD is
// refused: so there are no entities but XML's own five, and nothing outside is ever looked up.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/result.h"

struct XML_ParserStruct;

namespace linli::tables {

class ZipPart;

/// Names come without their prefix.
class XmlEvents {
 public:
  class Attributes {
   public:
    explicit Attributes(const char** list) : list_(list) {}
    /// Empty if it isn't there. `name` without prefix.
    [[nodiscard]] std::string_view operator[](std::string_view name) const;

   private:
    const char** list_;
  };
  virtual ~XmlEvents() = default;
  virtual void begin(std::string_view name, const Attributes& attributes) = 0;
  virtual void end(std::string_view name) = 0;
  virtual void text(std::string_view text) = 0;
};

class XmlReader {
 public:
  explicit XmlReader(XmlEvents& events);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;
  /// Errors: bad_input (not XML, cut off at `last`, has a DTD, nests deeper than 64).
  [[nodiscard]] Result<void> feed(std::string_view bytes, bool last);

 private:
  struct Hooks;
  XmlEvents& events_;
  XML_ParserStruct* parser_;
  int depth_ = 0;
  bool refused_ = false;
};

/// A whole part. Errors: as ZipPart::read and feed.
[[nodiscard]] Result<void> read_xml(ZipPart& part, XmlEvents& events);

}  // namespace linli::tables
