# linli_web(STAMP): the pages of api/web/app, built by npm into api/web/dist when one of their sources has changed; STAMP gets the
# file that says so. What is in C++ alone doesn't run it.
function(linli_web stamp)
  find_program(LINLI_NPM npm)
  set(web ${CMAKE_SOURCE_DIR}/api/web)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/app/* ${web}/peer/*.ts ${web}/tools/*.mjs)
  list(FILTER sources EXCLUDE REGEX "/peer/tests/")
  # The notice board checks proofs with the page's own checker.
  list(APPEND sources ${web}/proof-check.js ${web}/proof-crypto.js)
  # The phone reads pinyin as the node does.
  list(APPEND sources ${CMAKE_SOURCE_DIR}/node/store/pinyin/readings.txt)
  list(APPEND sources ${web}/vite.config.ts ${web}/tsconfig.json ${web}/package.json ${web}/package-lock.json)
  set(built ${CMAKE_BINARY_DIR}/generated/web_built)
  add_custom_command(
    OUTPUT ${built}
    COMMAND ${CMAKE_COMMAND} -DWEB=${web} -DNPM=${LINLI_NPM} -DSTAMP=${built} -P ${CMAKE_SOURCE_DIR}/packaging/build_web.cmake
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/packaging/build_web.cmake
    COMMENT "Building the pages of api/web/app"
    VERBATIM)
  set(${stamp} ${built} PARENT_SCOPE)
endfunction()
