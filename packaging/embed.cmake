# linli_embed(TARGET NAME GLOB…): makes <NAME>_files.h in the generated folder, with
#   namespace linli::embedded { struct File { std::string_view name, bytes; }; std::span<const File> NAME_files(); }
# and links the bytes into TARGET. Made anew only when one of the files changes.
function(linli_embed target name)
  set(files)
  foreach(pattern ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${pattern})
    list(APPEND files ${found})
  endforeach()
  list(FILTER files EXCLUDE REGEX "\\.(cpp|h)$|README.*\\.md$")
  set(out ${CMAKE_BINARY_DIR}/generated/${name}_files)
  add_custom_command(
    OUTPUT ${out}.cpp ${out}.h
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DOUT=${out} "-DFILES=${files}" -P ${CMAKE_SOURCE_DIR}/packaging/embed_files.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/packaging/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.cpp ${out}.h)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()

# linli_embed_folder(TARGET NAME FOLDER STAMP): the same for whatever lies in FOLDER, directly, when it is built: for what another
# command makes, whose names nobody knows before. STAMP: a file that this command writes last.
function(linli_embed_folder target name folder stamp)
  set(out ${CMAKE_BINARY_DIR}/generated/${name}_files)
  add_custom_command(
    OUTPUT ${out}.cpp ${out}.h
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DOUT=${out} -DFOLDER=${folder} -P ${CMAKE_SOURCE_DIR}/packaging/embed_files.cmake
    DEPENDS ${stamp} ${CMAKE_SOURCE_DIR}/packaging/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.cpp ${out}.h)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
