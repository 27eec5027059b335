{
  "targets": [
    {
      "target_name": "bmcloud",
      "sources": ["<!@(node -p \"fs.readdirSync('src').filter((name) => name.endsWith('.cc')).map((name) => 'src/' + name).join(' ')\")"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines!": ["_HAS_EXCEPTIONS=0"],
      "defines": [
        "_HAS_EXCEPTIONS=1",
        "NAPI_VERSION=8",
        "NODE_ADDON_API_CPP_EXCEPTIONS_ALL",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "UNICODE",
        "_UNICODE",
        "NOMINMAX",
        "WIN32_LEAN_AND_MEAN",
        "_WIN32_WINNT=0x0A00"
      ],
      "libraries": ["ole32.lib", "oleaut32.lib", "advapi32.lib"],
      "msvs_settings": {
        "VCCLCompilerTool": {
          "ExceptionHandling": 1,
          "RuntimeLibrary": 0,
          "AdditionalOptions": ["/std:c++17", "/utf-8"]
        }
      }
    }
  ]
}
