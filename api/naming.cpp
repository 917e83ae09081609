#include "api/naming.h"

#include "api/problem.h"

namespace linli::api {

const model::RecordType* type_in(const httplib::Request& request, httplib::Response& response) {
  const auto name = request.matches[1].str();
  const auto* type = model::schema().type(name);
  if (!type)
    refuse(request, response, {Errc::unknown_type, "no record type is called " + name, {}});
  return type;
}

}  // namespace linli::api
