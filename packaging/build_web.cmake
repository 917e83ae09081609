# Builds WEB/dist and writes STAMP (see web.cmake, which says when). Several build folders share one dist: what it was made of stands
# in it, and the same isn't made again. npm's packages are fetched only when the lock says other ones.
file(GLOB_RECURSE sources ${WEB}/app/* ${WEB}/peer/*.ts ${WEB}/tools/*.mjs)
list(FILTER sources EXCLUDE REGEX "/peer/tests/")
list(APPEND sources ${WEB}/../../node/store/pinyin/readings.txt)
list(APPEND sources ${WEB}/vite.config.ts ${WEB}/tsconfig.json ${WEB}/package.json ${WEB}/package-lock.json)
set(sum "")
foreach(file ${sources})
  file(SHA256 ${file} one)
  string(APPEND sum "${file} ${one}\n")
endforeach()
string(SHA256 sum "${sum}")

# One at a time, also among build folders.
file(LOCK ${WEB}/.build.lock GUARD PROCESS TIMEOUT 600 RESULT_VARIABLE ignored)
set(made ${WEB}/node_modules/.linli-dist)
if(EXISTS ${made} AND EXISTS ${WEB}/dist)
  file(READ ${made} before)
  if(before STREQUAL sum)
    file(TOUCH ${STAMP})
    return()
  endif()
endif()

function(run what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WEB} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    message(FATAL_ERROR "${what}:\n${said}")
  endif()
endfunction()

if(NOT NPM)
  message(FATAL_ERROR "the pages are built with npm, and there is none: packaging/install-deps installs it")
endif()
set(installed ${WEB}/node_modules/.package-lock.json)
if(NOT EXISTS ${installed} OR ${WEB}/package-lock.json IS_NEWER_THAN ${installed})
  # Only what the build needs; packaging/test installs the rest.
  run("npm can't fetch the packages that the pages are built with (is registry.npmjs.org reachable?)"
    ${NPM} ci --omit=dev --no-audit --no-fund --loglevel=error)
  file(TOUCH ${installed})
endif()
run("the pages can't be built" ${NPM} run build)
file(WRITE ${made} ${sum})
file(TOUCH ${STAMP})
