# Runs the tests as a local user who is no administrator: there is no VSS for that user, and skips must be told with a reason.
$ErrorActionPreference = 'Stop'
$name = 'bmcloud-tester'
$password = [System.Guid]::NewGuid().ToString() + 'aA1!'
$secret = ConvertTo-SecureString $password -AsPlainText -Force
New-LocalUser -Name $name -Password $secret -PasswordNeverExpires | Out-Null
Add-LocalGroupMember -SID 'S-1-5-32-545' -Member $name
icacls $PWD /grant "${name}:(OI)(CI)M" /T /Q | Out-Null

$temporary = Join-Path $PWD '.standard-user'
New-Item -ItemType Directory $temporary -Force | Out-Null
icacls $temporary /grant "${name}:(OI)(CI)F" /Q | Out-Null
$script = Join-Path $temporary 'run.cmd'
@"
@echo off
set TEMP=$temporary
set TMP=$temporary
set PATH=$env:PATH
set BMCLOUD_TEST_REAL_WINDOWS=standard
cd /d $PWD
call npm test > "$temporary\out.txt" 2>&1
echo %ERRORLEVEL%> "$temporary\code.txt"
"@ | Set-Content -Encoding ascii $script

$credential = [pscredential]::new($name, $secret)
$process = Start-Process cmd.exe -ArgumentList '/d', '/c', "`"$script`"" -Credential $credential -LoadUserProfile -PassThru -WorkingDirectory $PWD
$process.WaitForExit()
Get-Content "$temporary\out.txt"
exit [int](Get-Content "$temporary\code.txt")
