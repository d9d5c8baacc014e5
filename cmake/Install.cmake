# What `cmake --install` puts where: headers, archives, the tool and its man pages,
# find_package(nibble), nibble.pc.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
if(NIBBLE_BARE)
  return()  # installed by the host build, through Image.cmake's folder
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/nibble)

install(DIRECTORY runtime/include/nibble DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS nibble_runtime nibble_platform_hosted EXPORT nibble_libraries
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT nibble_libraries NAMESPACE nibble:: DESTINATION ${package_directory})
if(TARGET nibble)
  set_target_properties(nibble PROPERTIES EXPORT_NAME tool)
  install(TARGETS nibble EXPORT nibble_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(DIRECTORY ${NIBBLE_MANUAL} DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(EXPORT nibble_tool NAMESPACE nibble:: DESTINATION ${package_directory})
endif()

# For nibble_add_image(): what it reads, and the archives of the bare targets that were built.
set(bare_directory ${CMAKE_INSTALL_LIBDIR}/nibble)
install(FILES cmake/Freestanding.cmake cmake/Image.cmake cmake/image_request.cc.in DESTINATION ${package_directory})
install(FILES runtime/image/image.ld DESTINATION ${bare_directory})
install(FILES runtime/image/request.h
  DESTINATION ${bare_directory}/include/runtime/image)
foreach(cpu IN LISTS NIBBLE_BARE_CPUS)
  set(archives ${NIBBLE_BARE_DIRECTORY}/bare-${cpu}/runtime)
  install(FILES ${archives}/libnibble.a ${archives}/ports/libnibble_port.a
    DESTINATION ${bare_directory}/${cpu} OPTIONAL)
  install(FILES ${archives}/ports/libnibble_port_sbi.a
    DESTINATION ${bare_directory}/${cpu} OPTIONAL)
endforeach()

configure_package_config_file(cmake/nibbleConfig.cmake.in ${PROJECT_BINARY_DIR}/nibbleConfig.cmake
  INSTALL_DESTINATION ${package_directory} PATH_VARS bare_directory CMAKE_INSTALL_INCLUDEDIR)
# Before 1.0 any minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/nibbleConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/nibbleConfig.cmake
              ${PROJECT_BINARY_DIR}/nibbleConfigVersion.cmake
  DESTINATION ${package_directory})

# Found from the file's own place, so that the prefix may be moved.
file(RELATIVE_PATH pkgconfig_to_prefix
  /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/nibble.pc.in ${PROJECT_BINARY_DIR}/nibble.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/nibble.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
